import { MathUtils, Vector3 } from "three";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { CameraState } from "../../protocol/camera-state.ts";

/** Limits of the vertical angle of view, degrees. A wider view would be too distorted. */
export const MIN_VIEW_ANGLE = 0.001;
export const MAX_VIEW_ANGLE = 160;

/**
 * Validates a camera state.
 *
 * @throws RangeError that names the field
 */
export function assertCameraState(state: CameraState): void {
  for (const name of ["position", "focalPoint", "viewUp"] as const) {
    const triple = state[name];
    if (triple.length !== 3 || !triple.every((value) => Math.abs(value) <= MAX_COORDINATE)) {
      throw new RangeError(`camera ${name} must be three finite numbers, not [${triple.join(", ")}]`);
    }
  }
  if (!(state.viewAngle >= MIN_VIEW_ANGLE && state.viewAngle <= MAX_VIEW_ANGLE)) {
    throw new RangeError(
      `camera viewAngle must be ${MIN_VIEW_ANGLE} to ${MAX_VIEW_ANGLE} degrees, not ${state.viewAngle}`,
    );
  }
  const { parallelScale } = state;
  if (parallelScale !== undefined && !(parallelScale > 0 && parallelScale <= MAX_COORDINATE)) {
    throw new RangeError(`camera parallelScale must be a positive finite number, not ${parallelScale}`);
  }
  const direction = new Vector3(...state.focalPoint).sub(new Vector3(...state.position));
  const viewUp = new Vector3(...state.viewUp);
  if (direction.length() === 0) {
    throw new RangeError(
      "camera position and focalPoint are the same point, so there is no direction of view",
    );
  }
  const sine = direction.clone().normalize().cross(viewUp.normalize()).length();
  if (!(sine > 1e-9)) {
    throw new RangeError("camera viewUp must not be zero or parallel to the direction of view");
  }
}

/** Whether two states are exactly equal, without a tolerance. */
export function sameCameraState(a: CameraState, b: CameraState): boolean {
  const values = ({ position, focalPoint, viewUp, viewAngle, parallelScale = 0 }: CameraState) => [
    ...position,
    ...focalPoint,
    ...viewUp,
    viewAngle,
    parallelScale,
  ];
  const other = values(b);
  return values(a).every((value, i) => value === other[i]);
}

/** A camera for a view of another aspect ratio (width / height): the angle of view across the narrower side stays, as when a view is resized. */
export function cameraForAspect(camera: CameraState, from: number, to: number): CameraState {
  const factor = Math.min(1, from) / Math.min(1, to);
  if (factor === 1) return camera;
  const slope = Math.tan(MathUtils.degToRad(camera.viewAngle) / 2) * factor;
  const { parallelScale } = camera;
  return {
    ...camera,
    viewAngle: MathUtils.clamp(2 * MathUtils.radToDeg(Math.atan(slope)), MIN_VIEW_ANGLE, MAX_VIEW_ANGLE),
    ...(parallelScale !== undefined && { parallelScale: parallelScale * factor }),
  };
}
