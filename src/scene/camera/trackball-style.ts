import { MathUtils } from "three";
import { Emitter } from "../emitter.ts";
import type { ViewCamera } from "./view-camera.ts";

/** What the style needs to know of the picture that it steers. */
export interface TrackballTarget {
  readonly view: ViewCamera;
  /** Size of the picture in pixels. */
  readonly size: readonly [width: number, height: number];
  /** Radius of what is in the scene, world units. */
  readonly radius: number;
  /** Restores the first view. */
  resetView(): void;
  /** Frames the scene from the current direction of the camera. */
  resetCamera(): void;
  /** Called before each motion of the camera. */
  beforeMotion(): void;
  /** Fits the clipping planes after the camera moved. */
  resetCameraClippingRange(): void;
}

export interface Modifiers {
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

/** 0 left, 1 middle, 2 right, as in the DOM. */
export type MouseButton = 0 | 1 | 2;

/** What the style is doing while a button is down. */
export type TrackballMotion = "none" | "rotate" | "spin" | "pan" | "dolly";

/** Where the pointer is and what is held, after the style has acted on it. */
export interface InteractorEvent {
  readonly x: number;
  readonly y: number;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly button?: MouseButton;
  readonly delta?: number;
  readonly key?: string;
}

export interface InteractorEvents {
  mouseMove: InteractorEvent;
  buttonPress: InteractorEvent;
  buttonRelease: InteractorEvent;
  wheel: InteractorEvent;
  keyPress: InteractorEvent;
}

/** vtkInteractorStyleTrackballCamera's MotionFactor. */
const MOTION_FACTOR = 10;

/** Nobody's pointer is farther out than this, in pictures; more is damage or malice. */
const MAX_FRACTION = 8;

/** A wheel event enlarges or shrinks by no more than this. */
const MAX_ZOOM = 10;

/** Camera action of each key, by its lower-case name. */
const KEY_ACTIONS: ReadonlyMap<string, "resetView" | "resetCamera"> = new Map([
  ["r", "resetView"],
  ["home", "resetView"],
  ["z", "resetCamera"],
]);

/**
 * The interactor style that VTK and FURY users have in their hands: vtkInteractorStyleTrackballCamera (VTK 9), with
 * the bindings of FURY's stream module. Left rotates, ctrl + left spins, shift + left or middle pans, ctrl + shift +
 * left or right dollies, the wheel zooms by 1 - delta / 1000. `r` and Home restore the first view; `z` fits the
 * scene, which is `r` in VTK (vtkRenderer::ResetCamera).
 *
 * Positions are fractions of the picture, x to the right and y down. Every method returns whether the camera moved.
 * Values that are not finite are ignored.
 */
export class TrackballStyle {
  readonly events = new Emitter<InteractorEvents>();
  readonly #target: TrackballTarget;
  #motion: TrackballMotion = "none";
  #x = 0.5;
  #y = 0.5;

  constructor(target: TrackballTarget) {
    this.#target = target;
  }

  get motion(): TrackballMotion {
    return this.#motion;
  }

  onMouseMove(x: number, y: number, modifiers: Modifiers = {}): boolean {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
    const lastX = this.#x;
    const lastY = this.#y;
    this.#setPosition(x, y);
    const moved = this.#motion !== "none" && (lastX !== this.#x || lastY !== this.#y);
    if (moved) this.#move(lastX, lastY);
    this.#emit("mouseMove", modifiers);
    return moved;
  }

  onButtonPress(button: MouseButton, x: number, y: number, modifiers: Modifiers = {}): boolean {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
    this.#setPosition(x, y);
    // As in VTK, a second button during a motion changes nothing.
    if (this.#motion === "none") this.#motion = motionOf(button, modifiers);
    this.#target.view.adopt();
    this.#emit("buttonPress", modifiers, { button });
    return false;
  }

  onButtonRelease(button: MouseButton, x: number, y: number, modifiers: Modifiers = {}): boolean {
    const moved = this.onMouseMove(x, y, modifiers);
    const ends = { 0: ["rotate", "spin", "pan", "dolly"], 1: ["pan"], 2: ["dolly"] }[button];
    if (ends.includes(this.#motion)) this.#motion = "none";
    this.#emit("buttonRelease", modifiers, { button });
    return moved;
  }

  /** The pointer is gone (the window lost it, the viewer left): whatever was being dragged is let go. */
  cancel(): void {
    this.#motion = "none";
  }

  /** @param delta the DOM's deltaY in pixels: positive scrolls down and makes things smaller */
  onWheel(delta: number, modifiers: Modifiers = {}): boolean {
    if (!Number.isFinite(delta) || delta === 0) return false;
    const factor = MathUtils.clamp(1 - delta / 1000, 1 / MAX_ZOOM, MAX_ZOOM);
    this.#change((view) => view.zoom(factor));
    this.#emit("wheel", modifiers, { delta });
    return true;
  }

  /** @param key the DOM's KeyboardEvent.key */
  onKeyPress(key: string, modifiers: Modifiers = {}): boolean {
    const action = modifiers.ctrl ? undefined : KEY_ACTIONS.get(key.toLowerCase());
    if (action !== undefined) this.#target[action]();
    this.#emit("keyPress", modifiers, { key });
    return action !== undefined;
  }

  #move(lastX: number, lastY: number): void {
    const [width, height] = this.#target.size;
    const dx = this.#x - lastX;
    const dy = lastY - this.#y; // VTK's y points up
    switch (this.#motion) {
      case "rotate":
        this.#change((view) => {
          view.azimuth(-20 * dx * MOTION_FACTOR);
          view.elevation(-20 * dy * MOTION_FACTOR);
          view.orthogonalizeViewUp();
        });
        break;
      case "spin": {
        const angle = (x: number, y: number): number =>
          MathUtils.radToDeg(Math.atan2((0.5 - y) * height, (x - 0.5) * width));
        this.#change((view) => {
          view.roll(angle(this.#x, this.#y) - angle(lastX, lastY));
          view.orthogonalizeViewUp();
        });
        break;
      }
      case "pan":
        this.#change((view) => {
          const pictureHeight = 2 * view.halfHeight;
          const right = view.right;
          const up = right.clone().cross(view.directionOfProjection);
          const motion = right.multiplyScalar(-dx * pictureHeight * (width / height));
          view.translate(motion.addScaledVector(up, -dy * pictureHeight));
        });
        break;
      case "dolly":
        this.#change((view) => view.dolly(1.1 ** (2 * MOTION_FACTOR * dy), this.#target.radius));
        break;
      case "none":
        break;
    }
  }

  #change(action: (view: ViewCamera) => void): void {
    const { view } = this.#target;
    view.guard();
    this.#target.beforeMotion();
    action(view);
    view.guard();
    this.#target.resetCameraClippingRange();
  }

  #setPosition(x: number, y: number): void {
    this.#x = MathUtils.clamp(x, -MAX_FRACTION, MAX_FRACTION);
    this.#y = MathUtils.clamp(y, -MAX_FRACTION, MAX_FRACTION);
  }

  #emit(name: keyof InteractorEvents, modifiers: Modifiers, rest: Partial<InteractorEvent> = {}): void {
    const { ctrl = false, shift = false } = modifiers;
    this.events.emit(name, { x: this.#x, y: this.#y, ctrl, shift, ...rest });
  }
}

function motionOf(button: MouseButton, { ctrl = false, shift = false }: Modifiers): TrackballMotion {
  if (button === 1) return "pan";
  if (button === 2) return "dolly";
  if (shift) return ctrl ? "dolly" : "pan";
  return ctrl ? "spin" : "rotate";
}
