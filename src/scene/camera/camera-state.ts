import { MAX_COORDINATE, type Vec3 } from "../../geometry/coordinates.ts";
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
  const direction = subtract(state.focalPoint, state.position);
  if (length(direction) === 0) {
    throw new RangeError(
      "camera position and focalPoint are the same point, so there is no direction of view",
    );
  }
  const across = length(cross(direction, state.viewUp));
  if (!(across > 1e-9 * length(direction) * length(state.viewUp))) {
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

function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function length(a: Vec3): number {
  return Math.hypot(a[0], a[1], a[2]);
}
