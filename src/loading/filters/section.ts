import type { DataArray, Surface, Vertices } from "../../formats/data-kinds.ts";
import type { Plane } from "../../layers/plane.ts";
import { gatherArrays } from "./gather-arrays.ts";

/** A point of a section: on the edge from vertex `from` to vertex `to`, at `weight` of its length, in triangle `triangle`. */
interface SectionPoints {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly weights: Float64Array;
  readonly triangles: Uint32Array;
}

/**
 * Cuts a surface by a plane, in linear time.
 *
 * @param plane relative to the origin of the positions
 * @returns line segments, whose points have the values of the surface's points, interpolated, and of its cells; undefined without a section
 */
export function section(surface: Surface, plane: Plane): Vertices | undefined {
  const points = cutTriangles(surface, plane);
  const { from, to, weights, triangles } = points;
  if (from.length === 0) return undefined;
  const interpolate = (
    values: ArrayLike<number>,
    components: number,
    target: Float32Array | Float64Array,
  ) => {
    for (let i = 0; i < from.length; i += 1) {
      const weight = weights[i] ?? 0;
      for (let c = 0; c < components; c += 1) {
        const a = values[(from[i] ?? 0) * components + c] ?? 0;
        const b = values[(to[i] ?? 0) * components + c] ?? 0;
        target[i * components + c] = a * (1 - weight) + b * weight;
      }
    }
    return target;
  };
  const nearest = from.map((vertex, i) => ((weights[i] ?? 0) < 0.5 ? vertex : (to[i] ?? 0)));
  const ofPoint = (array: DataArray): DataArray => {
    if (array.labels !== undefined) return { ...gatherArrays([array], nearest)[0], ...array };
    const { components } = array;
    const target = new Float64Array(from.length * components);
    return { ...array, values: interpolate(array.values, components, target) as Float64Array };
  };
  const { positions, colors, arrays = [], cellArrays, cells } = surface;
  const ofCells = gatherArrays(
    cellArrays,
    triangles.map((triangle) => cells?.[triangle] ?? triangle),
  );
  return {
    positions: interpolate(positions, 3, new Float32Array(3 * from.length)) as Float32Array,
    colors: colors && (interpolate(colors, 3, new Float32Array(3 * from.length)) as Float32Array),
    arrays: [...arrays.map(ofPoint), ...ofCells],
  };
}

function cutTriangles(
  { positions, indices }: Surface,
  { normal: [nx, ny, nz], offset }: Plane,
): SectionPoints {
  const vertices = positions.length / 3;
  const distances = new Float64Array(vertices);
  for (let i = 0; i < vertices; i += 1) {
    const [x = 0, y = 0, z = 0] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    distances[i] = nx * x + ny * y + nz * z - offset;
  }
  const corners = indices?.length ?? vertices;
  const [from, to, weights, triangles]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let i = 0; i + 2 < corners; i += 3) {
    const triangle = [0, 1, 2].map((corner) => indices?.[i + corner] ?? i + corner);
    // A vertex on the plane counts as above it, so that each triangle has no or two edges that cross the plane.
    const above = triangle.map((vertex) => (distances[vertex] ?? 0) >= 0);
    if (above[0] === above[1] && above[1] === above[2]) continue;
    for (let corner = 0; corner < 3; corner += 1) {
      const next = (corner + 1) % 3;
      if (above[corner] === above[next]) continue;
      const [a = 0, b = 0] = [triangle[corner], triangle[next]];
      const [da = 0, db = 0] = [distances[a], distances[b]];
      from.push(a);
      to.push(b);
      weights.push(da / (da - db));
      triangles.push(i / 3);
    }
  }
  return {
    from: Uint32Array.from(from),
    to: Uint32Array.from(to),
    weights: Float64Array.from(weights),
    triangles: Uint32Array.from(triangles),
  };
}
