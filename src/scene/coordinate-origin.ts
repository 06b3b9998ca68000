import { Vector3 } from "three";
import { MAX_COORDINATE } from "./camera-state.ts";

const MAX_SAMPLES = 1024;

/**
 * How many times farther from zero than the data is wide its centre may be before an origin is used. Float32 has 24
 * bits; a factor of 16 leaves 20 of them for the data itself, more than a picture has pixels.
 */
const MAX_OFFSET = 16;

/**
 * The point that a loader subtracts from coordinates, as doubles, before it rounds them to Float32, and gives to the
 * object as its position: objects at UTM (5e6 m) or ECEF (6e6 m) coordinates keep their details, and the camera still
 * speaks the coordinates of the file. three.js multiplies the camera's and the object's matrices in doubles.
 *
 * It is the median of a sample, so that a few stray vertices do not matter.
 *
 * @param positions x, y, z of each vertex as the file gives them
 * @returns zero where Float32 is precise enough without
 */
export function coordinateOrigin(positions: ArrayLike<number>): Vector3 {
  const count = Math.floor(positions.length / 3);
  const step = Math.max(1, Math.floor(count / MAX_SAMPLES));
  const origin = new Vector3();
  let width = 0;
  for (const axis of [0, 1, 2]) {
    const samples: number[] = [];
    for (let i = 0; i < count; i += step) {
      const value = positions[3 * i + axis] ?? 0;
      if (Math.abs(value) <= MAX_COORDINATE) samples.push(value);
    }
    samples.sort((a, b) => a - b);
    const at = (share: number): number => samples[Math.floor(share * (samples.length - 1))] ?? 0;
    width = Math.max(width, at(0.95) - at(0.05));
    origin.setComponent(axis, at(0.5));
  }
  const distance = Math.max(...origin.toArray().map(Math.abs));
  return distance > MAX_OFFSET * width ? origin : origin.set(0, 0, 0);
}

/**
 * Subtracts the origin from x, y, z of each vertex and rounds the differences to Float32.
 *
 * @returns the same array where nothing changes
 */
export function relativeTo(origin: Vector3, positions: ArrayLike<number>): Float32Array {
  if (positions instanceof Float32Array && origin.lengthSq() === 0) return positions;
  const relative = new Float32Array(positions.length);
  for (let i = 0; i + 2 < positions.length; i += 3) {
    relative[i] = (positions[i] ?? 0) - origin.x;
    relative[i + 1] = (positions[i + 1] ?? 0) - origin.y;
    relative[i + 2] = (positions[i + 2] ?? 0) - origin.z;
  }
  return relative;
}
