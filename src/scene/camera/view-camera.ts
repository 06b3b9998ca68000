import { type Box3, MathUtils, OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import { cornersOf, type SceneBounds } from "../scene-bounds.ts";
import { assertCameraState, MAX_VIEW_ANGLE, MIN_VIEW_ANGLE } from "./camera-state.ts";

export type SceneCamera = PerspectiveCamera | OrthographicCamera;

/** VTK's default of vtkCamera's ViewAngle, degrees. */
export const DEFAULT_VIEW_ANGLE = 30;

/** vtkRenderer's NearClippingPlaneTolerance for depth buffers of more than 16 bits. */
const NEAR_TOLERANCE = 0.001;
/** vtkRenderer's ClippingRangeExpansion. */
const CLIPPING_RANGE_EXPANSION = 0.5;

/** Limits of the distance to the focal point when dollying, in radii of the scene. */
const MIN_DISTANCE_RADII = 1e-4;
const MAX_DISTANCE_RADII = 1e4;

/**
 * Adds the movements of vtkCamera (VTK 9, Rendering/Core/vtkCamera.cxx) to a three.js camera: rotations about a focal point and a
 * view-up vector. Angles are in degrees. The state is that of the three.js camera, so that a program may also move the camera
 * itself (position, lookAt); see `syncFocalPoint()`.
 */
export class ViewCamera {
  #camera: SceneCamera;
  readonly focalPoint = new Vector3();
  /** Angle of view; an orthographic camera, which has none, keeps it for a later change of projection. */
  #viewAngle = DEFAULT_VIEW_ANGLE;
  /** Most recent valid state. */
  #lastValidState: CameraState = {
    position: [0, 0, 1],
    focalPoint: [0, 0, 0],
    viewUp: [0, 1, 0],
    viewAngle: DEFAULT_VIEW_ANGLE,
    parallelScale: 1,
  };

  constructor(camera: SceneCamera) {
    this.#camera = camera;
    this.focalPoint.copy(camera.position).add(this.#forward());
    if ("fov" in camera) this.#viewAngle = camera.fov;
    this.validate();
  }

  /** Replaced by another object when an orthographic `state` is assigned to a perspective camera. */
  get camera(): SceneCamera {
    return this.#camera;
  }

  get viewAngle(): number {
    return "fov" in this.camera ? this.camera.fov : this.#viewAngle;
  }

  /** Width / height of the view. */
  get aspect(): number {
    if ("fov" in this.camera) return this.camera.aspect;
    return (this.camera.right - this.camera.left) / (this.camera.top - this.camera.bottom);
  }

  get distance(): number {
    return this.camera.position.distanceTo(this.focalPoint);
  }

  /** Half the height of the view at the focal point, world units. */
  get halfHeight(): number {
    if ("fov" in this.camera) return this.distance * Math.tan(MathUtils.degToRad(this.camera.fov) / 2);
    return (this.camera.top - this.camera.bottom) / (2 * this.camera.zoom);
  }

  /** Unit vector from the camera to the focal point. */
  get directionOfProjection(): Vector3 {
    return this.focalPoint.clone().sub(this.camera.position).normalize();
  }

  get right(): Vector3 {
    return this.directionOfProjection.cross(this.camera.up).normalize();
  }

  /** After a program has rotated the three.js camera, moves the focal point to its line of sight, at the same distance. */
  syncFocalPoint(): void {
    const forward = this.#forward();
    const distance = this.distance || 1;
    if (this.directionOfProjection.dot(forward) < 1 - 1e-9) {
      this.focalPoint.copy(this.camera.position).addScaledVector(forward, distance);
    }
    if (Math.abs(forward.dot(this.camera.up.clone().normalize())) > 0.999) {
      this.camera.up.set(0, 1, 0).applyQuaternion(this.camera.quaternion);
    }
  }

  get state(): CameraState {
    this.syncFocalPoint();
    const state = {
      position: this.camera.position.toArray(),
      focalPoint: this.focalPoint.toArray(),
      viewUp: this.camera.up.toArray(),
      viewAngle: this.viewAngle,
    };
    return "fov" in this.camera ? state : { ...state, parallelScale: this.halfHeight };
  }

  /** @throws RangeError for an invalid state (see `assertCameraState`) */
  set state(state: CameraState) {
    assertCameraState(state);
    if (state.parallelScale !== undefined) this.#replaceByOrthographic();
    this.#apply(state);
  }

  /** Replaces a perspective camera by an orthographic one with the same view of the focal point. */
  makeOrthographic(): void {
    const { state, halfHeight } = this;
    this.state = { ...state, parallelScale: halfHeight };
  }

  /** Replaces an orthographic camera by a perspective one with the same view of the focal point. */
  makePerspective(): void {
    if ("fov" in this.camera) return;
    const { state, halfHeight, aspect, viewAngle } = this;
    const distance = halfHeight / Math.tan(MathUtils.degToRad(viewAngle) / 2);
    const position = this.focalPoint.clone().addScaledVector(this.directionOfProjection, -distance);
    this.#camera = new PerspectiveCamera(viewAngle, aspect);
    this.#apply({ ...state, position: position.toArray() });
  }

  #replaceByOrthographic(): void {
    if (!("fov" in this.camera)) return;
    const { aspect } = this;
    this.#camera = new OrthographicCamera(-aspect, aspect, 1, -1);
  }

  #apply(state: CameraState): void {
    this.camera.position.set(...state.position);
    this.camera.up.set(...state.viewUp);
    this.focalPoint.set(...state.focalPoint);
    this.#setViewAngle(state.viewAngle);
    if (!("fov" in this.camera) && state.parallelScale !== undefined) {
      this.#setParallelScale(state.parallelScale);
    }
    this.#updateOrientation();
  }

  /** Stores the state if it is valid. Otherwise, for example with a NaN, restores the last valid one. */
  validate(): void {
    try {
      const state = this.state;
      assertCameraState(state);
      this.#lastValidState = state;
    } catch {
      this.camera.quaternion.identity();
      this.camera.scale.set(1, 1, 1);
      this.#apply(this.#lastValidState);
    }
  }

  /** vtkCamera::Azimuth: rotates the camera about the view-up vector through the focal point. */
  azimuth(degrees: number): void {
    this.#orbit(this.camera.up.clone().normalize(), degrees);
  }

  /** vtkCamera::Elevation: rotates the camera about the horizontal axis through the focal point. */
  elevation(degrees: number): void {
    this.#orbit(this.right.negate(), degrees);
  }

  /** vtkCamera::Roll: rotates the view-up vector about the direction of projection. */
  roll(degrees: number): void {
    this.camera.up.applyAxisAngle(this.directionOfProjection, MathUtils.degToRad(degrees));
    this.#updateOrientation();
  }

  /** vtkCamera::OrthogonalizeViewUp. */
  orthogonalizeViewUp(): void {
    this.camera.up.copy(this.right.cross(this.directionOfProjection).normalize());
  }

  /**
   * vtkInteractorStyleTrackballCamera::Dolly: divides the distance of a perspective camera, or magnifies an orthographic view, by the
   * factor. The distance stays between 1/10000 and 10000 radii of the scene.
   */
  dolly(factor: number, sceneRadius: number): void {
    if (!(factor > 0)) return;
    if (!("fov" in this.camera)) {
      this.#magnify(factor);
      return;
    }
    const radius = sceneRadius > 0 ? sceneRadius : 1;
    const distance = MathUtils.clamp(
      this.distance / factor,
      MIN_DISTANCE_RADII * radius,
      MAX_DISTANCE_RADII * radius,
    );
    const direction = this.directionOfProjection;
    this.camera.position.copy(this.focalPoint).addScaledVector(direction, -distance);
    this.#updateOrientation();
  }

  /** vtkCamera::Zoom: divides the angle of view (orthographic: the height of the view) by the factor. */
  zoom(factor: number): void {
    if (!(factor > 0)) return;
    if ("fov" in this.camera) this.#setViewAngle(this.camera.fov / factor);
    else this.#magnify(factor);
  }

  /** Moves the camera and the focal point. */
  translate(motion: Vector3): void {
    this.camera.position.add(motion);
    this.focalPoint.add(motion);
    this.#updateOrientation();
  }

  /**
   * vtkRenderer::ResetCamera: keeps the direction, resets the angle of view, and moves the camera so that a sphere just fits into the
   * narrower side of the view.
   *
   * @param aspect width / height of the view
   */
  frame(center: Vector3, sphereRadius: number, aspect: number): void {
    const radius = sphereRadius > 0 ? sphereRadius : 1;
    const normal = this.directionOfProjection.negate();
    const { up } = this.camera;
    if (Math.abs(up.clone().normalize().dot(normal)) > 0.999) up.set(-up.z, up.x, up.y);
    this.#setViewAngle(DEFAULT_VIEW_ANGLE);
    const vertical = MathUtils.degToRad(DEFAULT_VIEW_ANGLE);
    const angle = aspect >= 1 ? vertical : 2 * Math.atan(Math.tan(vertical / 2) * aspect);
    this.focalPoint.copy(center);
    this.camera.position.copy(center).addScaledVector(normal, radius / Math.sin(angle / 2));
    if (!("fov" in this.camera)) this.#setParallelScale(aspect >= 1 ? radius : radius / aspect);
    this.#updateOrientation();
  }

  /**
   * Returns the radius for `frame` with which the points just fit into the view from the current direction, with a small margin. The
   * bounding sphere of most scenes would leave half of the view empty. At least 3/4 of the bounding sphere's radius, so that little
   * is clipped when the view is rotated.
   */
  fittingRadius({ center, radius, points }: SceneBounds, aspect: number): number {
    const forward = this.directionOfProjection;
    const right = this.right;
    const up = right.clone().cross(forward);
    const vertical = MathUtils.degToRad(DEFAULT_VIEW_ANGLE);
    const slopeUp = Math.tan(vertical / 2);
    const slopeRight = slopeUp * aspect;
    const sine = Math.sin(aspect >= 1 ? vertical / 2 : Math.atan(slopeRight));
    up.divideScalar(slopeUp);
    right.divideScalar(slopeRight);
    const { x: rightX, y: rightY, z: rightZ } = right;
    const { x: upX, y: upY, z: upZ } = up;
    const { x: forwardX, y: forwardY, z: forwardZ } = forward;
    let distance = 0;
    for (let i = 0; i < points.length; i += 3) {
      const x = (points[i] ?? 0) - center.x;
      const y = (points[i + 1] ?? 0) - center.y;
      const z = (points[i + 2] ?? 0) - center.z;
      const sideways = Math.abs(x * rightX + y * rightY + z * rightZ);
      const upwards = Math.abs(x * upX + y * upY + z * upZ);
      distance = Math.max(
        distance,
        Math.max(sideways, upwards) - (x * forwardX + y * forwardY + z * forwardZ),
      );
    }
    return MathUtils.clamp(1.08 * distance * sine, 0.75 * radius, radius);
  }

  /** vtkRenderer::ResetCameraClippingRange: fits the near and far planes to the box. */
  resetClippingRange(bounds: Box3): void {
    if (bounds.isEmpty()) return;
    const direction = this.directionOfProjection;
    const offset = -direction.dot(this.camera.position);
    let near = Number.POSITIVE_INFINITY;
    let far = 1e-18;
    for (const corner of cornersOf(bounds)) {
      const depth = direction.dot(corner) + offset;
      near = Math.min(near, depth);
      far = Math.max(far, depth);
    }
    const minimalGap =
      "fov" in this.camera
        ? 0.2 * Math.tan(MathUtils.degToRad(this.camera.fov) / 2) * far
        : 0.1 * this.halfHeight;
    if (far - near < minimalGap) {
      const widen = (minimalGap - (far - near)) / 2;
      near -= widen;
      far += widen;
    }
    near = Math.max(near, 0);
    const expansion = (far - near) * CLIPPING_RANGE_EXPANSION;
    near = 0.99 * near - expansion;
    far = 1.01 * far + expansion;
    if (near >= far) near = 0.01 * far;
    near = Math.max(near, NEAR_TOLERANCE * far);
    if (!Number.isFinite(near) || !Number.isFinite(far)) return;
    this.camera.near = near;
    this.camera.far = far;
    this.camera.updateProjectionMatrix();
  }

  /** Sets the aspect ratio of the projection; the vertical extent is kept. */
  setAspect(aspect: number): void {
    if ("fov" in this.camera) {
      this.camera.aspect = aspect;
    } else {
      const middle = (this.camera.left + this.camera.right) / 2;
      const halfWidth = ((this.camera.top - this.camera.bottom) / 2) * aspect;
      this.camera.left = middle - halfWidth;
      this.camera.right = middle + halfWidth;
    }
    this.camera.updateProjectionMatrix();
  }

  /** Sets the aspect ratio of the projection; the extent across the narrower side is kept. */
  changeAspect(aspect: number): void {
    // Extent across the narrower side, relative to the height.
    const oldExtent = Math.min(1, this.aspect);
    this.setAspect(aspect);
    const factor = oldExtent / Math.min(1, aspect);
    if (factor === 1) return;
    if ("fov" in this.camera) {
      const slope = Math.tan(MathUtils.degToRad(this.camera.fov) / 2) * factor;
      this.#setViewAngle(2 * MathUtils.radToDeg(Math.atan(slope)));
    } else this.#setParallelScale(this.halfHeight * factor);
  }

  #orbit(axis: Vector3, degrees: number): void {
    const offset = this.camera.position.clone().sub(this.focalPoint);
    offset.applyAxisAngle(axis, MathUtils.degToRad(degrees));
    this.camera.position.copy(this.focalPoint).add(offset);
    this.#updateOrientation();
  }

  #setViewAngle(degrees: number): void {
    this.#viewAngle = MathUtils.clamp(degrees, MIN_VIEW_ANGLE, MAX_VIEW_ANGLE);
    if (!("fov" in this.camera)) return;
    this.camera.fov = this.#viewAngle;
    this.camera.updateProjectionMatrix();
  }

  #magnify(factor: number): void {
    this.#setParallelScale(this.halfHeight / factor);
  }

  #setParallelScale(scale: number): void {
    if (!("top" in this.camera)) return;
    const { aspect } = this;
    const half = MathUtils.clamp(scale, 1 / MAX_COORDINATE, MAX_COORDINATE);
    this.camera.zoom = 1;
    this.camera.top = half;
    this.camera.bottom = -half;
    this.camera.right = half * aspect;
    this.camera.left = -half * aspect;
    this.camera.updateProjectionMatrix();
  }

  #updateOrientation(): void {
    this.camera.lookAt(this.focalPoint);
    this.camera.updateMatrixWorld();
  }

  #forward(): Vector3 {
    return new Vector3(0, 0, -1).applyQuaternion(this.camera.quaternion);
  }
}
