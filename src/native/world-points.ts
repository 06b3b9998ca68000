import { native } from "./symbols.ts";

/** Indices of the members of sc_sphere_bounds_s in native/world_points.h. */
const BOUNDS = { min: 0, max: 3, radius: 6, size: 7 } as const;

type Vec3 = readonly [x: number, y: number, z: number];

/**
 * Transforms points by an affine 4x4 matrix.
 *
 * @param points x, y, z of each point
 * @param matrix 16 numbers in column-major order
 * @returns x, y, z of each point that is finite then
 */
export function worldPoints(points: Float32Array | Float64Array, matrix: ArrayLike<number>): Float64Array {
  const count = Math.floor(points.length / 3);
  if (count === 0) return new Float64Array();
  const world = new Float64Array(3 * count);
  const hasDoubles = points instanceof Float64Array ? 1 : 0;
  const finite = native().sc_world_points(points, hasDoubles, count, Float64Array.from(matrix), world);
  return world.subarray(0, 3 * Number(finite));
}

/** Bounding box of finite points, and the radius of the smallest sphere around its centre that contains all; undefined without a point. */
export function boundsOfPoints(
  points: Float64Array,
): { readonly min: Vec3; readonly max: Vec3; readonly radius: number } | undefined {
  if (points.length < 3) return undefined;
  const bounds = new Float64Array(BOUNDS.size);
  native().sc_world_bounds(points, Math.floor(points.length / 3), bounds);
  const vector = (at: number): Vec3 => [bounds[at] ?? 0, bounds[at + 1] ?? 0, bounds[at + 2] ?? 0];
  return { min: vector(BOUNDS.min), max: vector(BOUNDS.max), radius: bounds[BOUNDS.radius] ?? 0 };
}
