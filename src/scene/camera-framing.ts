import { type Box3, type Scene, Vector3 } from "three";
import { type CameraState, sameCameraState } from "./camera-state.ts";
import { boundsOf, boxOf, visitPoints } from "./scene-bounds.ts";
import type { TrackballTarget } from "./trackball-style.ts";
import { type UpAxis, viewpoint } from "./up-axis.ts";
import type { ViewCamera } from "./view-camera.ts";

/** The view that a reset brings back. */
type FirstView =
  /** A direction, from which the scene is framed again: its picture may have another shape by then. */
  | { readonly direction: Vector3; readonly viewUp: Vector3 }
  /** A camera that the program placed itself, and the aspect ratio of its picture. */
  | { readonly state: CameraState; readonly aspect: number };

/** Frames the scene in the picture, fits the camera to another size of the picture, and keeps the first view. */
export class CameraFraming implements TrackballTarget {
  readonly view: ViewCamera;
  readonly #scene: Scene;
  #size: readonly [number, number];
  #radius = 1;
  /** What is framed instead of everything visible. */
  #bounds: Box3 | undefined;
  #first: FirstView | undefined;
  /** The camera as the last framing left it. */
  #framed: CameraState | undefined;

  constructor(view: ViewCamera, scene: Scene, size: readonly [number, number]) {
    this.view = view;
    this.#scene = scene;
    this.#size = size;
    view.setAspect(this.#aspect);
  }

  get size(): readonly [width: number, height: number] {
    return this.#size;
  }

  /** Radius of what was framed last, world units. */
  get radius(): number {
    return this.#radius;
  }

  /**
   * Changes the size of the picture. A camera that is still as it was framed frames the scene again; any other keeps its
   * angle across the narrower side, so that what fits into the picture still fits when a phone is turned.
   */
  set size(size: readonly [width: number, height: number]) {
    const isFramed = this.#framed !== undefined && sameCameraState(this.#framed, this.view.state);
    this.#size = size;
    this.view.changeAspect(this.#aspect);
    if (isFramed) this.resetCamera();
  }

  /** Frames the scene where the camera was never placed: inside of it, looking along -z, nothing would be seen. */
  frameUnplaced(): void {
    const { position, quaternion } = this.view.camera;
    const isUnplaced = position.lengthSq() === 0 && Math.abs(quaternion.w) === 1;
    if (isUnplaced && this.#framed === undefined) this.resetCamera();
  }

  /** See `ShowManager.frameScene`. */
  frameScene(up: UpAxis, bounds?: Box3): void {
    this.#first = viewpoint(up);
    this.#bounds = undefined;
    this.#faceFrom(this.#first);
    this.resetCamera(bounds);
  }

  /** See `ShowManager.resetCamera`. */
  resetCamera(bounds?: Box3): void {
    this.view.guard();
    if (bounds !== undefined && !bounds.isEmpty()) this.#bounds = bounds.clone();
    const box = this.#bounds;
    if (box !== undefined) {
      this.#radius = box.getSize(new Vector3()).length() / 2 || 1;
      this.view.frame(box.getCenter(new Vector3()), this.#radius, this.#aspect);
    } else {
      const whole = boundsOf(this.#scene);
      if (whole.box.isEmpty()) return;
      this.#radius = whole.radius || 1;
      const radius = this.view.fittingRadius(whole.center, this.#radius, this.#aspect, (visit) =>
        visitPoints(this.#scene, visit),
      );
      this.view.frame(whole.center, radius, this.#aspect);
    }
    this.#framed = this.view.state;
    this.resetCameraClippingRange();
  }

  /** See `ShowManager.resetView`. */
  resetView(): void {
    const first = this.#first;
    if (first === undefined) return;
    if ("direction" in first) {
      this.#faceFrom(first);
      this.resetCamera();
      return;
    }
    this.view.state = first.state;
    this.view.setAspect(first.aspect);
    this.view.changeAspect(this.#aspect);
    this.resetCameraClippingRange();
  }

  resetCameraClippingRange(): void {
    // Objects moved since the last render have stale world matrices.
    this.#scene.updateMatrixWorld();
    const box = boxOf(this.#scene);
    if (this.#bounds !== undefined) box.union(this.#bounds);
    this.view.resetClippingRange(box);
  }

  /** The camera of a program that framed nothing is the first view, as it is when it is steered for the first time. */
  willSteer(): void {
    this.#first ??= { state: this.view.state, aspect: this.#aspect };
  }

  get #aspect(): number {
    return this.#size[0] / this.#size[1];
  }

  #faceFrom({ direction, viewUp }: { direction: Vector3; viewUp: Vector3 }): void {
    const { camera, focalPoint } = this.view;
    camera.up.copy(viewUp);
    focalPoint.set(0, 0, 0);
    camera.position.copy(direction);
    camera.lookAt(0, 0, 0);
  }
}
