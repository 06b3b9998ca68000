import type { DataArray, NumericArray, Vertices } from "../../formats/data-kinds.ts";
import { gatherArrays } from "./gather-arrays.ts";

/** Points on edges between two vertices. */
export interface EdgePoints {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Place on the edge: 0 at `from`, 1 at `to`. */
  readonly weights: Float64Array;
}

/** Makes vertices of points on edges, with interpolated positions, colors and values. Labels are those of the nearer end. */
export function verticesOnEdges({ positions, colors, arrays = [] }: Vertices, points: EdgePoints): Vertices {
  const { from, to, weights } = points;
  const nearest = from.map((vertex, i) => ((weights[i] ?? 0) < 0.5 ? vertex : (to[i] ?? 0)));
  const arrayOf = (array: DataArray): DataArray => {
    if (array.labels !== undefined) return { ...gatherArrays([array], nearest)[0], ...array };
    const target = new Float64Array(from.length * array.components);
    return { ...array, values: interpolate(points, array.values, array.components, target) };
  };
  return {
    positions: interpolate(points, positions, 3, new Float32Array(3 * from.length)),
    colors: colors && interpolate(points, colors, 3, new Float32Array(3 * from.length)),
    arrays: arrays.map(arrayOf),
  };
}

function interpolate<Target extends Float32Array | Float64Array>(
  { from, to, weights }: EdgePoints,
  values: NumericArray,
  components: number,
  target: Target,
): Target {
  for (let i = 0; i < from.length; i += 1) {
    const weight = weights[i] ?? 0;
    for (let c = 0; c < components; c += 1) {
      const a = values[(from[i] ?? 0) * components + c] ?? 0;
      const b = values[(to[i] ?? 0) * components + c] ?? 0;
      target[i * components + c] = a * (1 - weight) + b * weight;
    }
  }
  return target;
}

/** Signed distances of vertices from a plane: n = normal, n · x - offset. */
export function distancesFrom(
  positions: Float32Array,
  {
    normal: [x, y, z],
    offset,
  }: { readonly normal: readonly [number, number, number]; readonly offset: number },
): Float64Array {
  const distances = new Float64Array(positions.length / 3);
  for (let i = 0; i < distances.length; i += 1) {
    distances[i] =
      x * (positions[3 * i] ?? 0) +
      y * (positions[3 * i + 1] ?? 0) +
      z * (positions[3 * i + 2] ?? 0) -
      offset;
  }
  return distances;
}
