import type { SolidCells, Surface } from "../../formats/data-kinds.ts";
import { CELL_SHAPES, POLYHEDRON } from "../../formats/vtk/cell-types.ts";
import type { Plane } from "../../layers/plane.ts";
import { distancesFrom, verticesOnEdges } from "./edge-points.ts";
import { gatherArrays } from "./gather-arrays.ts";

/** The edges of each type of cell with a volume, as pairs of node numbers. Curved edges are straight here. */
const EDGES: ReadonlyMap<number, readonly number[]> = new Map(
  [...CELL_SHAPES].flatMap(([type, shape]) =>
    shape.kind === "solid" ? [[type, edgesOf(shape.faces.map(({ corners }) => corners))]] : [],
  ),
);

/** The edges of faces, each once. */
function edgesOf(faces: readonly ArrayLike<number>[]): number[] {
  const known = new Set<string>();
  const edges: number[] = [];
  for (const corners of faces) {
    for (let i = 0; i < corners.length; i += 1) {
      const [a = 0, b = 0] = [corners[i], corners[(i + 1) % corners.length]];
      const key = a < b ? `${a} ${b}` : `${b} ${a}`;
      if (!known.has(key)) edges.push(a, b);
      known.add(key);
    }
  }
  return edges;
}

/**
 * Cuts cells by a plane: each cell becomes a polygon between its edges, with the interpolated values of its points and those of the cell.
 * Cells are taken as convex, as in VTK; those that refer to missing points are left out.
 *
 * @param plane relative to the origin of the positions
 * @returns undefined if the plane cuts no cell
 */
export function cutCells(solid: SolidCells, plane: Plane): Surface | undefined {
  const { points, offsets, connectivity, types, cellArrays } = solid;
  const distances = distancesFrom(points.positions, plane);
  const cut = new CutPolygons(points.positions, distances, plane);
  const isAbove = Uint8Array.from(distances, (distance) => Number(distance >= 0));
  for (let cell = 0; cell < types.length; cell += 1) {
    const type = types[cell] ?? 0;
    const start = offsets[cell] ?? 0;
    if (type === POLYHEDRON) {
      const edges = polyhedronEdges(solid, cell);
      if (edges !== undefined) cut.addCell(cell, edges, undefined, start);
      continue;
    }
    // Most cells are on one side: this loop takes a tenth of the time.
    const end = offsets[cell + 1] ?? 0;
    const first = isAbove[connectivity[start] ?? 0];
    let node = start + 1;
    while (node < end && isAbove[connectivity[node] ?? 0] === first) node += 1;
    const edges = node < end ? EDGES.get(type) : undefined;
    if (edges !== undefined) cut.addCell(cell, edges, connectivity, start);
  }
  if (cut.triangles.length === 0) return undefined;
  const vertices = verticesOnEdges(points, {
    from: Uint32Array.from(cut.from),
    to: Uint32Array.from(cut.to),
    weights: Float64Array.from(cut.weights),
  });
  return {
    ...vertices,
    indices: Uint32Array.from(cut.triangles),
    cells: Uint32Array.from(cut.polygonOfTriangle),
    cellArrays: gatherArrays(cellArrays, Uint32Array.from(cut.cells)),
    flat: true,
  };
}

/** The edges of a polyhedron as pairs of vertices; undefined if its list is damaged. */
function polyhedronEdges({ connectivity, offsets }: SolidCells, cell: number): number[] | undefined {
  let next = offsets[cell] ?? 0;
  const end = offsets[cell + 1] ?? 0;
  const faces: Uint32Array[] = [];
  const count = connectivity[next] ?? 0;
  next += 1;
  for (let face = 0; face < count; face += 1) {
    const corners = connectivity[next] ?? 0;
    if (next + 1 + corners > end) return undefined;
    faces.push(connectivity.subarray(next + 1, next + 1 + corners));
    next += 1 + corners;
  }
  return edgesOf(faces);
}

/** The polygons of a section, in growing lists. */
class CutPolygons {
  /** Points on the edge from a vertex to another. */
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly weights: number[] = [];
  /** Three points per triangle. */
  readonly triangles: number[] = [];
  readonly polygonOfTriangle: number[] = [];
  /** The cell of each polygon. */
  readonly cells: number[] = [];

  readonly #positions: Float32Array;
  readonly #distances: Float64Array;
  /** Two axes of the plane. */
  readonly #u: readonly [number, number, number];
  readonly #v: readonly [number, number, number];

  constructor(positions: Float32Array, distances: Float64Array, { normal: [x, y, z] }: Plane) {
    this.#positions = positions;
    this.#distances = distances;
    const [a, b, c] = Math.abs(x) < 0.9 ? [1, 0, 0] : [0, 1, 0];
    const [ux, uy, uz] = [y * c - z * b, z * a - x * c, x * b - y * a];
    const length = Math.hypot(ux, uy, uz);
    this.#u = [ux / length, uy / length, uz / length];
    this.#v = [(y * uz - z * uy) / length, (z * ux - x * uz) / length, (x * uy - y * ux) / length];
  }

  /** Adds the polygon of a cell. @param connectivity of the nodes of the edges, from `start` on; undefined: nodes are vertices */
  addCell(
    cell: number,
    edges: readonly number[],
    connectivity: Uint32Array | undefined,
    start: number,
  ): void {
    const distances = this.#distances;
    const first = this.from.length;
    for (let i = 0; i < edges.length; i += 2) {
      const [nodeA = 0, nodeB = 0] = [edges[i], edges[i + 1]];
      const a = connectivity === undefined ? nodeA : (connectivity[start + nodeA] ?? -1);
      const b = connectivity === undefined ? nodeB : (connectivity[start + nodeB] ?? -1);
      const [da = Number.NaN, db = Number.NaN] = [distances[a], distances[b]];
      // A vertex on the plane counts as above it, so that a face on the plane belongs to one of its two cells.
      if (!Number.isFinite(da - db) || da >= 0 === db >= 0) continue;
      // From the lower vertex, so that neighbors round alike.
      const [low, high] = a < b ? [a, b] : [b, a];
      this.from.push(low);
      this.to.push(high);
      this.weights.push(a < b ? da / (da - db) : db / (db - da));
    }
    const count = this.from.length - first;
    if (count < 3) {
      for (const list of [this.from, this.to, this.weights]) list.length = first;
      return;
    }
    const order = this.#around(first, count);
    const polygon = this.cells.push(cell) - 1;
    for (let i = 1; i + 1 < count; i += 1) {
      this.triangles.push(order[0] ?? 0, order[i] ?? 0, order[i + 1] ?? 0);
      this.polygonOfTriangle.push(polygon);
    }
  }

  /** The last points in their order around their center. */
  #around(first: number, count: number): number[] {
    const places = Array.from({ length: count }, (_, i) => this.#place(first + i));
    const centerU = places.reduce((sum, [u]) => sum + u, 0) / count;
    const centerV = places.reduce((sum, [, v]) => sum + v, 0) / count;
    const angles = places.map(([u, v]) => Math.atan2(v - centerV, u - centerU));
    return angles
      .map((_, i) => i)
      .toSorted((a, b) => (angles[a] ?? 0) - (angles[b] ?? 0))
      .map((i) => first + i);
  }

  /** Coordinates of a point in the plane. */
  #place(point: number): readonly [number, number] {
    const [from, to, weight] = [this.from[point] ?? 0, this.to[point] ?? 0, this.weights[point] ?? 0];
    let [u, v] = [0, 0];
    for (const axis of [0, 1, 2] as const) {
      const a = this.#positions[3 * from + axis] ?? 0;
      const value = a + weight * ((this.#positions[3 * to + axis] ?? 0) - a);
      u += value * this.#u[axis];
      v += value * this.#v[axis];
    }
    return [u, v];
  }
}
