import { countInvalid } from "../native/mesh-kernels.ts";
import { MAX_COORDINATE } from "./coordinates.ts";

/**
 * Moves vertices with invalid positions to a valid one, and collapses the primitives that use them to a point, so that they cover no
 * pixel and do not change the bounds. Modifies both arrays.
 *
 * @param positions x, y, z of each vertex
 * @param indices default: each vertex once
 * @param size vertices per primitive: 1 for points, 2 for lines, 3 for triangles
 * @returns number of collapsed primitives: all of them if no position is valid
 */
export function collapseInvalid(
  positions: Float32Array,
  indices: Uint8Array | Uint16Array | Uint32Array | undefined,
  size: 1 | 2 | 3,
): number {
  const invalid = invalidVertices(positions);
  if (invalid === undefined) return 0;
  const corners = indices?.length ?? invalid.length;
  const valid = invalid.indexOf(0);
  if (valid === -1) return Math.ceil(corners / size);
  let collapsed = 0;
  for (let first = 0; first < corners; first += size) {
    const end = Math.min(first + size, corners);
    let isInvalid = false;
    for (let corner = first; corner < end; corner += 1)
      isInvalid ||= invalid[indices?.[corner] ?? corner] === 1;
    if (!isInvalid) continue;
    collapsed += 1;
    if (indices === undefined) invalid.fill(1, first, end);
    else indices.fill(valid, first, end);
  }
  for (let vertex = invalid.indexOf(1); vertex !== -1; vertex = invalid.indexOf(1, vertex + 1))
    positions.copyWithin(3 * vertex, 3 * valid, 3 * valid + 3);
  return collapsed;
}

/** Number of values from which they are first checked on several threads, in a third of the time. */
const MANY_VALUES = 2 ** 14;

/** Returns 1 for each vertex with an invalid position, or undefined if all are valid. */
function invalidVertices(positions: Float32Array): Uint8Array | undefined {
  if (positions.length >= MANY_VALUES && countInvalid(positions) === 0) return undefined;
  let invalid: Uint8Array | undefined;
  for (let i = 0; i < positions.length; i += 1) {
    if (Math.abs(positions[i] ?? 0) <= MAX_COORDINATE) continue;
    invalid ??= new Uint8Array(Math.floor(positions.length / 3));
    invalid[Math.floor(i / 3)] = 1;
  }
  return invalid;
}

/** Replaces NaN and infinities by 0, in place. */
export function replaceNonFinite(values: Float32Array): void {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i])) values[i] = 0;
}

/** Returns a vertex index that is out of range, or undefined if all are valid. */
export function findInvalidIndex(indices: ArrayLike<number>, vertices: number): number | undefined {
  for (let i = 0; i < indices.length; i += 1) {
    const value = indices[i] ?? 0;
    if (!(value >= 0 && value < vertices)) return value;
  }
  return undefined;
}

/** The reason for refusing a file with an invalid vertex index. */
export function invalidIndexReason(index: number, vertices: number): string {
  return `a face uses vertex ${index}, but there are only ${vertices} vertices (numbered from 0): the file is damaged`;
}
