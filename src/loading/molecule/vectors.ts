import type { Vec3 } from "../../geometry/coordinates.ts";

export const add = (a: Vec3, b: Vec3, factor = 1): Vec3 => [
  a[0] + factor * b[0],
  a[1] + factor * b[1],
  a[2] + factor * b[2],
];

export const subtract = (a: Vec3, b: Vec3): Vec3 => add(a, b, -1);

export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export const mix = (a: Vec3, b: Vec3, share: number): Vec3 => add(a, subtract(b, a), share);

/** Returns the direction of a vector, or of any vector perpendicular to nothing if it has no length. */
export function normalize(a: Vec3): Vec3 {
  const length = Math.hypot(...a);
  return length > 1e-9 ? [a[0] / length, a[1] / length, a[2] / length] : [0, 0, 1];
}

/** A direction perpendicular to a direction. */
export function perpendicular(direction: Vec3): Vec3 {
  return normalize(cross(direction, Math.abs(direction[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]));
}
