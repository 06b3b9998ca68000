import { MAX_COORDINATE, type Vec3 } from "./coordinates.ts";

const MAX_SAMPLES = 1024;

/**
 * Maximum ratio of the data's distance from zero to its extent; above it, an origin is used. Float32 has 24 bits of
 * precision. A ratio of 16 leaves 20 for the data, which exceeds the resolution of any frame.
 */
const MAX_OFFSET = 16;

/**
 * Computes the floating origin of a model, in the file's coordinates. A reader subtracts it from the positions, as doubles,
 * before they are rounded to Float32, and the actor adds it to the position of its object. Models at UTM (5e6 m) or ECEF
 * (6e6 m) coordinates keep their details, and the camera stays in the coordinates of the file: three.js multiplies the
 * camera's and the object's matrices in doubles.
 *
 * It is the median of a sample of the vertices, so that outliers have no effect.
 *
 * @param positions x, y, z of each vertex, unchanged from the file
 * @returns zero if Float32 is precise enough without an origin
 */
export function coordinateOrigin(positions: ArrayLike<number>): Vec3 {
  const count = Math.floor(positions.length / 3);
  const step = Math.max(1, Math.floor(count / MAX_SAMPLES));
  const medians: [number, number, number] = [0, 0, 0];
  let width = 0;
  for (const axis of [0, 1, 2]) {
    const samples: number[] = [];
    for (let i = 0; i < count; i += step) {
      const value = positions[3 * i + axis] ?? 0;
      if (Math.abs(value) <= MAX_COORDINATE) samples.push(value);
    }
    samples.sort((a, b) => a - b);
    const quantile = (share: number): number => samples[Math.floor(share * (samples.length - 1))] ?? 0;
    width = Math.max(width, quantile(0.95) - quantile(0.05));
    medians[axis] = quantile(0.5);
  }
  const distance = Math.max(...medians.map(Math.abs));
  return distance > MAX_OFFSET * width ? medians : [0, 0, 0];
}

/**
 * Subtracts the origin from x, y, z of each vertex and rounds the differences to Float32.
 *
 * @param relative receives the differences; can be `positions`
 * @returns `positions` if it is Float32 and the origin is zero, else `relative`
 */
export function relativeTo(
  [x, y, z]: Vec3,
  positions: ArrayLike<number>,
  relative: Float32Array = new Float32Array(positions.length),
): Float32Array {
  if (positions instanceof Float32Array && x === 0 && y === 0 && z === 0) return positions;
  if (x === 0 && y === 0 && z === 0) {
    relative.set(positions);
    return relative;
  }
  for (let i = 0; i + 2 < positions.length; i += 3) {
    relative[i] = (positions[i] ?? 0) - x;
    relative[i + 1] = (positions[i + 1] ?? 0) - y;
    relative[i + 2] = (positions[i + 2] ?? 0) - z;
  }
  return relative;
}
