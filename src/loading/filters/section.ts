import type { Surface, Vertices } from "../../formats/data-kinds.ts";
import type { Plane } from "../../layers/plane.ts";
import { distancesFrom, type EdgePoints, verticesOnEdges } from "./edge-points.ts";
import { gatherArrays } from "./gather-arrays.ts";

/** Points of a section on the edges of triangles. */
interface SectionPoints extends EdgePoints {
  /** The triangle of each point. */
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
  if (points.from.length === 0) return undefined;
  const { cellArrays, cells } = surface;
  const ofCells = gatherArrays(
    cellArrays,
    points.triangles.map((triangle) => cells?.[triangle] ?? triangle),
  );
  const vertices = verticesOnEdges(surface, points);
  return { ...vertices, arrays: [...(vertices.arrays ?? []), ...ofCells] };
}

function cutTriangles({ positions, indices }: Surface, plane: Plane): SectionPoints {
  const vertices = positions.length / 3;
  const distances = distancesFrom(positions, plane);
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
