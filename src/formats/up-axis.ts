import { Vector3 } from "three";
import type { MeshFormat } from "./registry.ts";

/** The axis of the data that points up in the picture. */
export const UP_AXES = ["x", "-x", "y", "-y", "z", "-z"] as const;
export type UpAxis = (typeof UP_AXES)[number];

/**
 * The axis that a format's users expect to point up. glTF 2.0 prescribes y (section 3.4); OBJ and PLY say nothing,
 * and their viewers (MeshLab, f3d, three.js) show y up, in which Stanford's scans stand upright. STL is the language
 * of CAD and 3D printers, whose build plate is the x-y plane: slicers and CAD show z up.
 */
export function defaultUpAxis(format: MeshFormat): UpAxis {
  return format === "stl" ? "z" : "y";
}

/** @throws RangeError that lists the axes */
export function parseUpAxis(text: string): UpAxis {
  const axis = text.trim().toLowerCase().replace(/^\+/, "");
  const found = UP_AXES.find((candidate) => candidate === axis);
  if (found === undefined) throw new RangeError(`up axis "${text}" is not one of ${UP_AXES.join(", ")}`);
  return found;
}

export interface Viewpoint {
  readonly viewUp: Vector3;
  /** From the focal point to the camera, length 1. */
  readonly direction: Vector3;
}

/** How far the first view stands to the right of the front and above the ground, degrees. */
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
