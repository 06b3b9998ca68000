import { Vector3 } from "three";
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
