import { type Box3, MathUtils, OrthographicCamera, type PerspectiveCamera, Vector3 } from "three";
import { MAX_COORDINATE, type Vec3 } from "../../geometry/coordinates.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import { assertCameraState, MAX_VIEW_ANGLE, MIN_VIEW_ANGLE } from "./camera-state.ts";

export type SceneCamera = PerspectiveCamera | OrthographicCamera;

/** VTK's default of vtkCamera's ViewAngle, degrees. */
export const DEFAULT_VIEW_ANGLE = 30;

/** vtkRenderer's NearClippingPlaneTolerance for depth buffers of more than 16 bits. */
const NEAR_TOLERANCE = 0.001;
/** vtkRenderer's ClippingRangeExpansion. */
const CLIPPING_RANGE_EXPANSION = 0.5;

/** How near and how far a camera may dolly, in radii of the scene. */
const NEAREST = 1e-4;
const FARTHEST = 1e4;

/**
 * A three.js camera with the movements of vtkCamera (VTK 9, Rendering/Core/vtkCamera.cxx): it turns about a focal
 * point and a view-up vector. Angles are in degrees. The three.js camera stays the truth for rendering: a program
 * that moves it itself (position, lookAt) is followed, by `adopt()`.
 */
export class ViewCamera {
  #camera: SceneCamera;
  readonly focalPoint = new Vector3();
  /** Kept for orthographic cameras, which have no angle of their own. */
  #viewAngle = DEFAULT_VIEW_ANGLE;
  /** The last state that had a picture. */
  #good: CameraState = {
    position: [0, 0, 1],
    focalPoint: [0, 0, 0],
    viewUp: [0, 1, 0],
    viewAngle: DEFAULT_VIEW_ANGLE,
    parallelScale: 1,
  };

  constructor(camera: SceneCamera) {
    this.#camera = camera;
    this.focalPoint.copy(camera.position).add(this.#lookDirection());
    if ("fov" in camera) this.#viewAngle = camera.fov;
    this.guard();
  }

  /** Replaced by another object when an orthographic `state` is assigned to a perspective camera. */
  get camera(): SceneCamera {
    return this.#camera;
  }

  get viewAngle(): number {
    return "fov" in this.camera ? this.camera.fov : this.#viewAngle;
  }

  /** Width / height of the picture. */
  get aspect(): number {
    if ("fov" in this.camera) return this.camera.aspect;
    return (this.camera.right - this.camera.left) / (this.camera.top - this.camera.bottom);
  }

  get distance(): number {
    return this.camera.position.distanceTo(this.focalPoint);
  }

  /** Half the height of the picture, in world units at the focal point. */
  get halfHeight(): number {
    if ("fov" in this.camera) return this.distance * Math.tan(MathUtils.degToRad(this.camera.fov) / 2);
    return (this.camera.top - this.camera.bottom) / (2 * this.camera.zoom);
  }

  /** From the camera to the focal point, length 1. */
  get directionOfProjection(): Vector3 {
    return this.focalPoint.clone().sub(this.camera.position).normalize();
  }

  get right(): Vector3 {
    return this.directionOfProjection.cross(this.camera.up).normalize();
  }

  /** Takes over where somebody turned the three.js camera by other means: the focal point goes to its line of sight. */
  adopt(): void {
    const look = this.#lookDirection();
    const distance = this.distance || 1;
    if (this.directionOfProjection.dot(look) < 1 - 1e-9) {
      this.focalPoint.copy(this.camera.position).addScaledVector(look, distance);
    }
    if (Math.abs(look.dot(this.camera.up.clone().normalize())) > 0.999) {
      this.camera.up.set(0, 1, 0).applyQuaternion(this.camera.quaternion);
    }
  }

  get state(): CameraState {
    this.adopt();
    const state = {
      position: triple(this.camera.position),
      focalPoint: triple(this.focalPoint),
      viewUp: triple(this.camera.up),
      viewAngle: this.viewAngle,
    };
    return "fov" in this.camera ? state : { ...state, parallelScale: this.halfHeight };
  }

  /** @throws RangeError when the state has no picture (see `assertCameraState`) */
  set state(state: CameraState) {
    assertCameraState(state);
    if ("fov" in this.camera && state.parallelScale !== undefined) {
      const { aspect } = this;
      this.#camera = new OrthographicCamera(-aspect, aspect, 1, -1);
    }
    this.#apply(state);
  }

  #apply(state: CameraState): void {
    this.camera.position.set(...state.position);
    this.camera.up.set(...state.viewUp);
    this.focalPoint.set(...state.focalPoint);
    this.#setViewAngle(state.viewAngle);
    if (!("fov" in this.camera) && state.parallelScale !== undefined) {
      this.#setParallelScale(state.parallelScale);
    }
    this.#look();
  }

  /**
   * Remembers the state when it has a picture, else goes back to the last one that had: whoever put NaN, infinity
   * or a view without a direction into the camera, they do not reach the renderer.
   */
  guard(): void {
    try {
      const state = this.state;
      assertCameraState(state);
      this.#good = state;
    } catch {
      this.camera.quaternion.identity();
      this.camera.scale.set(1, 1, 1);
      this.#apply(this.#good);
    }
  }

  /** vtkCamera::Azimuth: turns the camera about the view-up vector through the focal point. */
  azimuth(degrees: number): void {
    this.#orbit(this.camera.up.clone().normalize(), degrees);
  }

  /** vtkCamera::Elevation: lifts the camera over the focal point. */
  elevation(degrees: number): void {
    this.#orbit(this.right.negate(), degrees);
  }

  /** vtkCamera::Roll: turns the view-up vector about the direction of projection. */
  roll(degrees: number): void {
    this.camera.up.applyAxisAngle(this.directionOfProjection, MathUtils.degToRad(degrees));
    this.#look();
  }

  /** vtkCamera::OrthogonalizeViewUp. */
  orthogonalizeViewUp(): void {
    this.camera.up.copy(this.right.cross(this.directionOfProjection).normalize());
  }

  /**
   * vtkInteractorStyleTrackballCamera::Dolly: moves a perspective camera to 1/factor of its distance, enlarges an
   * orthographic picture by the factor. The distance stays between 1/10000 and 10000 radii of the scene.
   */
  dolly(factor: number, sceneRadius: number): void {
    if (!(factor > 0)) return;
    if (!("fov" in this.camera)) {
      this.#enlarge(factor);
      return;
    }
    const radius = sceneRadius > 0 ? sceneRadius : 1;
    const distance = MathUtils.clamp(this.distance / factor, NEAREST * radius, FARTHEST * radius);
    const direction = this.directionOfProjection;
    this.camera.position.copy(this.focalPoint).addScaledVector(direction, -distance);
    this.#look();
  }

  /** vtkCamera::Zoom: divides the angle of view (orthographic: the height of the picture) by the factor. */
  zoom(factor: number): void {
    if (!(factor > 0)) return;
    if ("fov" in this.camera) this.#setViewAngle(this.camera.fov / factor);
    else this.#enlarge(factor);
  }

  /** Moves camera and focal point together. */
  translate(motion: Vector3): void {
    this.camera.position.add(motion);
    this.focalPoint.add(motion);
    this.#look();
  }

  /**
   * vtkRenderer::ResetCamera: keeps the direction, sets the angle of view back, and stands where a sphere just fits
   * into the picture, vertically or (in an upright picture) horizontally.
   *
   * @param aspect width / height of the picture
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
    this.#look();
  }

  /**
   * The radius of the sphere that `frame` should fit so that, from the present direction, the points just fit into
   * the picture with a little room: a sphere leaves half of the picture empty around most things. It is not below
   * 3/4 of the sphere around the points, so that little is cut off when they are turned.
   *
   * @param visitPoints calls back with every point, in world coordinates
   */
  fittingRadius(
    center: Vector3,
    sphereRadius: number,
    aspect: number,
    visitPoints: (visit: (point: Vector3) => void) => void,
  ): number {
    const forward = this.directionOfProjection;
    const right = this.right;
    const up = right.clone().cross(forward);
    const vertical = MathUtils.degToRad(DEFAULT_VIEW_ANGLE);
    const slopeUp = Math.tan(vertical / 2);
    const slopeRight = slopeUp * aspect;
    const sine = Math.sin(aspect >= 1 ? vertical / 2 : Math.atan(slopeRight));
    const offset = new Vector3();
    let distance = 0;
    visitPoints((point) => {
      offset.copy(point).sub(center);
      const across = Math.max(Math.abs(offset.dot(up)) / slopeUp, Math.abs(offset.dot(right)) / slopeRight);
      distance = Math.max(distance, across - offset.dot(forward));
    });
    return MathUtils.clamp(1.08 * distance * sine, 0.75 * sphereRadius, sphereRadius);
  }

  /** vtkRenderer::ResetCameraClippingRange: near and far planes just around the box. */
  resetClippingRange(bounds: Box3): void {
    if (bounds.isEmpty()) return;
    const direction = this.directionOfProjection;
    const offset = -direction.dot(this.camera.position);
    let near = Number.POSITIVE_INFINITY;
    let far = 1e-18;
    for (let corner = 0; corner < 8; corner += 1) {
      const x = corner & 1 ? bounds.max.x : bounds.min.x;
      const y = corner & 2 ? bounds.max.y : bounds.min.y;
      const z = corner & 4 ? bounds.max.z : bounds.min.z;
      const depth = direction.x * x + direction.y * y + direction.z * z + offset;
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

  /** Fits the projection to a picture of this shape; the vertical extent stays. */
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

  /** Changes the aspect ratio of the projection; the extent across the narrower side stays. */
  changeAspect(aspect: number): void {
    // Extent across the narrower side, relative to the height.
    const before = Math.min(1, this.aspect);
    this.setAspect(aspect);
    const factor = before / Math.min(1, aspect);
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
    this.#look();
  }

  #setViewAngle(degrees: number): void {
    this.#viewAngle = MathUtils.clamp(degrees, MIN_VIEW_ANGLE, MAX_VIEW_ANGLE);
    if (!("fov" in this.camera)) return;
    this.camera.fov = this.#viewAngle;
    this.camera.updateProjectionMatrix();
  }

  #enlarge(factor: number): void {
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

  #look(): void {
    this.camera.lookAt(this.focalPoint);
    this.camera.updateMatrixWorld();
  }

  #lookDirection(): Vector3 {
    return new Vector3(0, 0, -1).applyQuaternion(this.camera.quaternion);
  }
}

function triple(vector: Vector3): Vec3 {
  return [vector.x, vector.y, vector.z];
}
