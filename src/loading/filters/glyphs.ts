import type { Surface, Vertices } from "../../formats/data-kinds.ts";
import { boundVertices } from "../../native/mesh-kernels.ts";
import { componentReader } from "../../scalars/component.ts";
import { scalarRange } from "../../scalars/scalar-range.ts";
import { gatherArrays } from "./gather-arrays.ts";
import { vectorArray } from "./vectors.ts";

/** Maximum number of arrows: more cover each other, and 5,000 have the triangles of a draft. */
const MAX_GLYPHS = 5000;

/** Length of the arrow of a vector of the 98th percentile, relative to the diagonal of the bounding box. */
const RELATIVE_LENGTH = 0.06;

/** Sides of the shaft and of the tip. */
const SIDES = 6;

/** Profile of an arrow along its axis, from 0 to 1: pairs of position and radius; a radius of 0 is a point on the axis. */
const PROFILE = [
  [0, 0],
  [0, 0.025],
  [0.7, 0.025],
  [0.7, 0.075],
  [1, 0],
] as const;

/**
 * Makes arrows along vectors, at most 5,000, at points that are evenly spread over the array. They have the values of their points.
 *
 * @param scale factor of the length, which is proportional to the vectors
 * @throws DataError if there are no such vectors
 */
export function arrowGlyphs(points: Vertices, name: string, scale: number): Surface | undefined {
  const array = vectorArray(points.arrays ?? [], name);
  const reader = componentReader(array);
  const range = scalarRange(reader);
  const longest = range?.shown[1] ?? 0;
  if (!(longest > 0)) return undefined;
  const count = Math.min(points.positions.length / 3, reader.count);
  const step = Math.max(1, count / MAX_GLYPHS);
  const chosen: number[] = [];
  for (let i = 0; i < count; i += step) {
    const length = reader.read(Math.floor(i));
    if (length > 0 && Number.isFinite(length)) chosen.push(Math.floor(i));
  }
  if (chosen.length === 0) return undefined;
  const unit = (scale * RELATIVE_LENGTH * diagonalOf(points.positions)) / longest;
  const rings = PROFILE.length * SIDES;
  const positions = new Float32Array(3 * rings * chosen.length);
  const sources = new Uint32Array(rings * chosen.length);
  const indices = new Uint32Array(6 * (PROFILE.length - 1) * SIDES * chosen.length);
  for (const [i, point] of chosen.entries()) {
    const at = (values: ArrayLike<number>) =>
      [0, 1, 2].map((c) => values[3 * point + c] ?? 0) as [number, number, number];
    const vector = at(array.values);
    sources.fill(point, i * rings, (i + 1) * rings);
    writeArrow(positions.subarray(3 * rings * i), at(points.positions), vector, unit);
    writeTriangles(indices.subarray(6 * (PROFILE.length - 1) * SIDES * i), i * rings);
  }
  return { positions, indices, arrays: gatherArrays(points.arrays, sources), flat: true };
}

function writeArrow(
  to: Float32Array,
  start: readonly [number, number, number],
  vector: readonly [number, number, number],
  unit: number,
): void {
  const magnitude = Math.hypot(...vector);
  const length = unit * magnitude;
  const [x, y, z] = vector.map((value) => value / magnitude) as [number, number, number];
  // Two directions across the axis.
  const reference = Math.abs(x) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  const u = normalize(cross([x, y, z], reference as [number, number, number]));
  const v = cross([x, y, z], u);
  let at = 0;
  for (const [along, radius] of PROFILE) {
    for (let side = 0; side < SIDES; side += 1) {
      const angle = (2 * Math.PI * side) / SIDES;
      const [a, b] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      for (const [c, axis] of [x, y, z].entries()) {
        to[at] = (start[c] ?? 0) + length * (along * axis + a * (u[c] ?? 0) + b * (v[c] ?? 0));
        at += 1;
      }
    }
  }
}

function writeTriangles(to: Uint32Array, first: number): void {
  let at = 0;
  for (let ring = 0; ring + 1 < PROFILE.length; ring += 1) {
    for (let side = 0; side < SIDES; side += 1) {
      const a = first + ring * SIDES + side;
      const b = first + ring * SIDES + ((side + 1) % SIDES);
      to.set([a, b, a + SIDES, b, b + SIDES, a + SIDES], at);
      at += 6;
    }
  }
}

/** Length of the diagonal of the box around positions. */
export function diagonalOf(positions: Float32Array): number {
  const { min, max } = boundVertices(positions);
  return Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
}

/** Returns the centers of the cells of a surface that are drawn, with the values of the cells: the center of each cell's first triangle. */
export function cellCenters({ positions, indices, cells, cellArrays }: Surface): Vertices {
  const triangles = Math.floor((indices?.length ?? positions.length / 3) / 3);
  const firsts = new Map<number, number>();
  for (let i = 0; i < triangles; i += 1) {
    const cell = cells?.[i] ?? i;
    if (!firsts.has(cell)) firsts.set(cell, i);
  }
  const centers = new Float32Array(3 * firsts.size);
  for (const [i, triangle] of [...firsts.values()].entries()) {
    for (let corner = 3 * triangle; corner < 3 * triangle + 3; corner += 1) {
      const vertex = indices?.[corner] ?? corner;
      for (let c = 0; c < 3; c += 1)
        centers[3 * i + c] = (centers[3 * i + c] ?? 0) + (positions[3 * vertex + c] ?? 0) / 3;
    }
  }
  return { positions: centers, arrays: gatherArrays(cellArrays, Uint32Array.from(firsts.keys())) };
}

function cross(
  [a, b, c]: readonly [number, number, number],
  [d, e, f]: readonly [number, number, number],
): [number, number, number] {
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

function normalize([x, y, z]: readonly [number, number, number]): [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
