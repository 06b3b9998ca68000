import { Vector3 } from "three";
import type { UpAxis } from "../../formats/up-axis.ts";

export interface Viewpoint {
  readonly viewUp: Vector3;
  /** From the focal point to the camera, length 1. */
  readonly direction: Vector3;
}

/** Direction of the first view, relative to the front: to the right and up, degrees. */
const AZIMUTH = 20;
const ELEVATION = 12;

/**
 * The first view of data whose `up` axis points up: from its front, a little from the right and from above, so that
 * depth can be seen. With y up the front is +z (glTF's), with z up it is -y (that of CAD programs), with x up it
 * is +z.
 */
export function viewpoint(up: UpAxis): Viewpoint {
  const viewUp = axisVector(up);
  const front = up.endsWith("z") ? new Vector3(0, up === "z" ? -1 : 1, 0) : new Vector3(0, 0, 1);
  const right = viewUp.clone().cross(front);
  const azimuth = (AZIMUTH * Math.PI) / 180;
  const elevation = (ELEVATION * Math.PI) / 180;
  const direction = front
    .multiplyScalar(Math.cos(azimuth) * Math.cos(elevation))
    .addScaledVector(right, Math.sin(azimuth) * Math.cos(elevation))
    .addScaledVector(viewUp, Math.sin(elevation));
  return { viewUp, direction };
}

function axisVector(axis: UpAxis): Vector3 {
  const sign = axis.startsWith("-") ? -1 : 1;
  return new Vector3(
    axis.endsWith("x") ? sign : 0,
    axis.endsWith("y") ? sign : 0,
    axis.endsWith("z") ? sign : 0,
  );
}
