import { type Box3, type Scene, Vector3 } from "three";
import type { UpAxis } from "../../formats/up-axis.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import { boundsOf, boxOf } from "../scene-bounds.ts";
import { sameCameraState } from "./camera-state.ts";
import type { TrackballTarget } from "./trackball-style.ts";
import type { ViewCamera } from "./view-camera.ts";
import { type Viewpoint, viewpoint } from "./viewpoint.ts";

/** The view that resetView() restores. */
type FirstView =
  /** A direction from which the scene is framed again, for whatever aspect ratio the image has by then. */
  | Viewpoint
  /** The state of a camera that the program placed itself, and the aspect ratio at that time. */
  | { readonly state: CameraState; readonly aspect: number };

/** Fits the camera to the scene and to the size of the view, and stores the first view for resetView(). */
export class CameraFraming implements TrackballTarget {
  readonly view: ViewCamera;
  readonly #scene: Scene;
  #size: readonly [number, number];
  #radius = 1;
  /** Box to frame; undefined: that of everything visible. */
  #bounds: Box3 | undefined;
  #first: FirstView | undefined;
  /** Camera state after the last framing. */
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

  /** Radius of the scene at the last framing, world units. */
  get radius(): number {
    return this.#radius;
  }

  /**
   * Changes the size of the view. If the camera was not moved since the last framing, the scene is framed again. Otherwise the
   * angle of view across the narrower side stays, so that objects in view stay in view when a phone is rotated.
   */
  set size(size: readonly [width: number, height: number]) {
    const isFramed = this.#framed !== undefined && sameCameraState(this.#framed, this.view.state);
    this.#size = size;
    this.view.changeAspect(this.#aspect);
    if (isFramed) this.resetCamera();
  }

  /** Frames the scene if the camera was never placed: at the origin it would be inside the scene and show nothing. */
  frameIfUnplaced(): void {
    const { position, quaternion } = this.view.camera;
    const isUnplaced = position.lengthSq() === 0 && Math.abs(quaternion.w) === 1;
    if (isUnplaced && this.#framed === undefined) this.resetCamera();
  }

  /** See `ShowManager.frameScene`. */
  frameScene(view: UpAxis | Viewpoint, bounds?: Box3): void {
    this.#first = typeof view === "string" ? viewpoint(view) : view;
    if (this.#first.orthographic === true) this.view.makeOrthographic();
    this.#bounds = undefined;
    this.#placeCamera(this.#first);
    this.resetCamera(bounds);
  }

  /** See `ShowManager.resetCamera`. */
  resetCamera(bounds?: Box3): void {
    this.view.validate();
    if (bounds !== undefined && !bounds.isEmpty()) this.#bounds = bounds.clone();
    const box = this.#bounds;
    if (box !== undefined) {
      this.#radius = box.getSize(new Vector3()).length() / 2 || 1;
      this.view.frame(box.getCenter(new Vector3()), this.#radius, this.#aspect);
    } else {
      const whole = boundsOf(this.#scene);
      if (whole.box.isEmpty()) return;
      this.#radius = whole.radius || 1;
      const radius = this.view.fittingRadius(whole, this.#aspect);
      this.view.frame(whole.center, radius, this.#aspect);
    }
    const { zoom = 1 } = this.#first !== undefined && "direction" in this.#first ? this.#first : {};
    this.view.dolly(zoom, this.#radius);
    this.#framed = this.view.state;
    this.resetCameraClippingRange();
  }

  /** See `ShowManager.resetView`. */
  resetView(): void {
    const first = this.#first;
    if (first === undefined) return;
    if ("direction" in first) {
      this.#placeCamera(first);
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

  /** Replaces camera values that cannot be rendered: restores the last valid state, and fits invalid clipping planes. */
  validateCamera(): void {
    const { view } = this;
    view.validate();
    const { camera } = view;
    const { near, far } = camera;
    const hasPlanes = near < far && Number.isFinite(far) && Number.isFinite(near);
    if (!hasPlanes || ("isPerspectiveCamera" in camera && !(near > 0))) this.resetCameraClippingRange();
    if (!camera.projectionMatrix.elements.every(Number.isFinite)) {
      camera.near = 0.01 * this.#radius;
      camera.far = 100 * this.#radius;
      view.setAspect(this.#aspect);
    }
  }

  /** Stores the camera state before the first interaction as the first view, unless frameScene() was called. */
  onBeforeMotion(): void {
    this.#first ??= { state: this.view.state, aspect: this.#aspect };
  }

  get #aspect(): number {
    return this.#size[0] / this.#size[1];
  }

  #placeCamera({ direction, viewUp }: { direction: Vector3; viewUp: Vector3 }): void {
    const { camera, focalPoint } = this.view;
    camera.up.copy(viewUp);
    focalPoint.set(0, 0, 0);
    camera.position.copy(direction);
    camera.lookAt(0, 0, 0);
  }
}
