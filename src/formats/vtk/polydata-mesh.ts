import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { FileData, Streamlines } from "../data-kinds.ts";
import { forEachCell } from "./cell-lists.ts";
import { CellParts } from "./cell-parts.ts";
import { meshOfParts, selectNumbers, selectValues } from "./mesh-parts.ts";
import { type CellLists, cellCount, type PolyData } from "./vtk-dataset.ts";

/**
 * Makes a mesh of polygons, strips, lines and vertices; streamlines of polylines alone.
 *
 * @throws DataError
 */
export function polyDataMesh(data: PolyData, warnings: string[]): FileData {
  const { points, verts, lines, polys, strips } = data;
  const cells = [verts, lines, polys, strips].reduce((sum, lists) => sum + cellCount(lists), 0);
  if (cellCount(lines) === cells && hasPolylines(lines)) return polylines(data, warnings);
  const parts = new CellParts(points);
  const count = points.length / 3;
  let first = 0;
  const addAll = (lists: CellLists, add: (cell: number, start: number, end: number) => void): void => {
    parts.invalid += forEachCell(lists, count, (cell, start, end) => add(first + cell, start, end));
    first += cellCount(lists);
  };
  addAll(verts, (_, start, end) => parts.addVertices(verts, start, end));
  addAll(lines, (cell, start, end) => parts.addLine(lines, start, end, cell));
  if (areTriangles(polys, count) && cellCount(strips) === 0) parts.setTriangles(polys.connectivity, first);
  else addAll(polys, (cell, start, end) => parts.addPolygon(polys, start, end, cell));
  addAll(strips, (cell, start, end) => parts.addStrip(strips, start, end, cell));
  return meshOfParts(data, parts.finish(cells, warnings), warnings);
}

/** Whether all polygons are triangles whose points exist. */
function areTriangles({ offsets, connectivity }: CellLists, points: number): boolean {
  if (connectivity.length !== 3 * (offsets.length - 1)) return false;
  for (let i = 0; i < offsets.length; i += 1) if (offsets[i] !== 3 * i) return false;
  for (let i = 0; i < connectivity.length; i += 1) if ((connectivity[i] ?? points) >= points) return false;
  return true;
}

/** Whether a line has more than two points. The edges of a wireframe have two. */
function hasPolylines({ offsets }: CellLists): boolean {
  for (let line = 0; line + 1 < offsets.length; line += 1) {
    if ((offsets[line + 1] ?? 0) - (offsets[line] ?? 0) > 2) return true;
  }
  return false;
}

/** Streamlines, whose points are consecutive. Lines with points that do not exist are left out. */
function polylines({ points, lines, pointData, cellData, space }: PolyData, warnings: string[]): Streamlines {
  const ids = new Uint32Array(lines.connectivity.length);
  const kept = new Uint32Array(cellCount(lines));
  const ends = [0];
  let used = 0;
  const invalid = forEachCell(lines, points.length / 3, (line, start, end) => {
    if (start === end) return;
    ids.set(lines.connectivity.subarray(start, end), used);
    used += end - start;
    kept[ends.length - 1] = line;
    ends.push(used);
  });
  if (invalid > 0)
    warnings.push(`${invalid} of ${kept.length} lines refer to points that do not exist; left out`);
  const pointIds = ids.subarray(0, used);
  const isIdentity = 3 * used === points.length && pointIds.every((point, i) => point === i);
  const selectedPoints = isIdentity ? undefined : pointIds;
  const lineIds = ends.length - 1 === kept.length ? undefined : kept.subarray(0, ends.length - 1);
  const origin = coordinateOrigin(points);
  const positions = selectedPoints === undefined ? points : selectNumbers(points, 3, selectedPoints);
  return {
    kind: "streamlines",
    origin,
    warnings,
    space: space ?? "unknown",
    positions: relativeTo(origin, positions),
    offsets: Uint32Array.from(ends),
    pointArrays: pointData.arrays.map((array) => selectValues(array, selectedPoints)),
    streamlineArrays: cellData.arrays.map((array) => selectValues(array, lineIds)),
    groups: [],
  };
}
