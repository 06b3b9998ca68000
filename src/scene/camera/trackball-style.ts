import { MathUtils } from "three";
import { Emitter } from "../emitter.ts";
import type { ViewCamera } from "./view-camera.ts";

/** The view that a style controls. */
export interface TrackballTarget {
  readonly view: ViewCamera;
  /** Size of the view, px. */
  readonly size: readonly [width: number, height: number];
  /** Radius of the scene, world units. */
  readonly radius: number;
  /** Restores the first view. */
  resetView(): void;
  /** Frames the scene from the current direction of the camera. */
  resetCamera(): void;
  /** Called before each motion of the camera. */
  onBeforeMotion(): void;
  /** Fits the clipping planes after the camera moved. */
  resetCameraClippingRange(): void;
}

/** Things in the view that the left button drags instead of the camera. Positions are fractions of the view, y down. */
export interface DragHandles {
  /** @returns whether there is a handle at this position, which is then dragged */
  press(x: number, y: number): boolean;
  drag(x: number, y: number): void;
  release(): void;
}

export interface Modifiers {
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

/** 0 left, 1 middle, 2 right, as in the DOM. */
export type MouseButton = 0 | 1 | 2;

/** Motion while a button is down. */
export type TrackballMotion = "none" | "rotate" | "spin" | "pan" | "dolly" | "handle";

/** Input event, after the style has handled it. */
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

/** Maximum absolute pointer position, in fractions of the view: no real pointer is farther outside. */
const MAX_POSITION = 8;

/** Maximum zoom factor of one wheel event. */
const MAX_ZOOM_FACTOR = 10;

/** Camera action of each key, by its lower-case name. */
const KEY_ACTIONS: ReadonlyMap<string, "resetView" | "resetCamera"> = new Map([
  ["r", "resetView"],
  ["home", "resetView"],
  ["z", "resetCamera"],
]);

/**
 * The interactor style of VTK and FURY, vtkInteractorStyleTrackballCamera (VTK 9), with the bindings of FURY's stream module. Left
 * button rotates, ctrl + left spins, shift + left or middle pans, ctrl + shift + left or right dollies, the wheel zooms by
 * 1 - delta / 1000. `r` and Home restore the first view; `z` frames the scene, which is `r` in VTK (vtkRenderer::ResetCamera).
 *
 * Positions are fractions of the view, x to the right and y down. Each method returns whether the camera moved. Values that are not
 * finite are ignored.
 */
export class TrackballStyle {
  readonly events = new Emitter<InteractorEvents>();
  /** Default: none. */
  handles: DragHandles | undefined;
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
    // As in VTK, a second button during a motion has no effect.
    if (this.#motion === "none") {
      const motion = motionOf(button, modifiers);
      this.#motion = motion === "rotate" && this.handles?.press(this.#x, this.#y) ? "handle" : motion;
    }
    this.#target.view.syncFocalPoint();
    this.#emit("buttonPress", modifiers, { button });
    return false;
  }

  onButtonRelease(button: MouseButton, x: number, y: number, modifiers: Modifiers = {}): boolean {
    const moved = this.onMouseMove(x, y, modifiers);
    const ends = { 0: ["rotate", "spin", "pan", "dolly", "handle"], 1: ["pan"], 2: ["dolly"] }[button];
    if (ends.includes(this.#motion)) this.cancel();
    this.#emit("buttonRelease", modifiers, { button });
    return moved;
  }

  /** Ends the current motion, when no further pointer events can arrive (the window lost the pointer, the viewer disconnected). */
  cancel(): void {
    if (this.#motion === "handle") this.handles?.release();
    this.#motion = "none";
  }

  /** @param delta the DOM's deltaY, px: positive scrolls down and zooms out */
  onWheel(delta: number, modifiers: Modifiers = {}): boolean {
    if (!Number.isFinite(delta) || delta === 0) return false;
    const factor = MathUtils.clamp(1 - delta / 1000, 1 / MAX_ZOOM_FACTOR, MAX_ZOOM_FACTOR);
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
          const viewHeight = 2 * view.halfHeight;
          const right = view.right;
          const up = right.clone().cross(view.directionOfProjection);
          const motion = right.multiplyScalar(-dx * viewHeight * (width / height));
          view.translate(motion.addScaledVector(up, -dy * viewHeight));
        });
        break;
      case "dolly":
        this.#change((view) => view.dolly(1.1 ** (2 * MOTION_FACTOR * dy), this.#target.radius));
        break;
      case "handle":
        this.handles?.drag(this.#x, this.#y);
        break;
      case "none":
        break;
    }
  }

  #change(action: (view: ViewCamera) => void): void {
    const { view } = this.#target;
    view.validate();
    this.#target.onBeforeMotion();
    action(view);
    view.validate();
    this.#target.resetCameraClippingRange();
  }

  #setPosition(x: number, y: number): void {
    this.#x = MathUtils.clamp(x, -MAX_POSITION, MAX_POSITION);
    this.#y = MathUtils.clamp(y, -MAX_POSITION, MAX_POSITION);
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
