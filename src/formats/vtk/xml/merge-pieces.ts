import { DataError } from "../../load-error.ts";
import { checkCellLists } from "../cell-lists.ts";
import { POLYHEDRON } from "../cell-types.ts";
import {
  type CellLists,
  cellCount,
  type PolyData,
  type UnstructuredGrid,
  type VtkDataset,
} from "../vtk-dataset.ts";
import { type AttributeRange, concatenate, mergeAttributes } from "./merge-attributes.ts";

const POLYDATA_PARTS = ["verts", "lines", "polys", "strips"] as const;

/**
 * Joins pieces to one dataset.
 *
 * @throws DataError if they are of several kinds, or damaged
 */
export function mergePieces(pieces: readonly VtkDataset[], warnings: string[]): VtkDataset {
  const [first] = pieces;
  if (first === undefined) throw new DataError("there is nothing to draw in it: it has no points");
  if (pieces.length === 1) return first;
  const grids = pieces.filter((piece) => piece.kind === "unstructured");
  if (grids.length === pieces.length) return mergeUnstructured(grids, warnings);
  const parts = pieces.filter((piece) => piece.kind === "polydata");
  if (parts.length === pieces.length) return mergePolyData(parts, warnings);
  throw new DataError(
    `it has ${pieces.length} pieces of a grid, which cannot be joined: save it as one piece`,
  );
}

function mergeUnstructured(grids: readonly UnstructuredGrid[], warnings: string[]): UnstructuredGrid {
  return {
    kind: "unstructured",
    points: concatenate(grids.map(({ points }) => points)),
    cells: mergeLists(
      grids,
      ({ cells }) => cells,
      ({ types }) => types,
    ),
    types: concatenate(grids.map(({ types }) => types)),
    pointData: mergeAttributes(pointRanges(grids), warnings),
    cellData: mergeAttributes(
      grids.map(({ cellData, types }) => ({ attributes: cellData, begin: 0, end: types.length })),
      warnings,
    ),
  };
}

function mergePolyData(parts: readonly PolyData[], warnings: string[]): PolyData {
  const lists = (name: (typeof POLYDATA_PARTS)[number]): CellLists => mergeLists(parts, (part) => part[name]);
  // The cells of a dataset are numbered list by list.
  const cells = POLYDATA_PARTS.flatMap((name, i) =>
    parts.map((part): AttributeRange => {
      const before = POLYDATA_PARTS.slice(0, i).reduce((sum, other) => sum + cellCount(part[other]), 0);
      return { attributes: part.cellData, begin: before, end: before + cellCount(part[name]) };
    }),
  );
  return {
    kind: "polydata",
    points: concatenate(parts.map(({ points }) => points)),
    verts: lists("verts"),
    lines: lists("lines"),
    polys: lists("polys"),
    strips: lists("strips"),
    pointData: mergeAttributes(pointRanges(parts), warnings),
    cellData: mergeAttributes(cells, warnings),
  };
}

function pointRanges(pieces: readonly (PolyData | UnstructuredGrid)[]): AttributeRange[] {
  return pieces.map(({ points, pointData }) => ({ attributes: pointData, begin: 0, end: points.length / 3 }));
}

/** Joins lists of cells. The vertex indices of each piece are moved behind those of the pieces before. */
function mergeLists<T extends PolyData | UnstructuredGrid>(
  pieces: readonly T[],
  listsOf: (piece: T) => CellLists,
  typesOf: (piece: T) => Uint8Array | undefined = () => undefined,
): CellLists {
  const all = pieces.map(listsOf);
  for (const lists of all) checkCellLists(lists);
  const cells = all.reduce((sum, lists) => sum + cellCount(lists), 0);
  const offsets = new Uint32Array(cells + 1);
  const connectivity = new Uint32Array(all.reduce((sum, lists) => sum + (lists.offsets.at(-1) ?? 0), 0));
  let [cell, used, points] = [0, 0, 0];
  for (const [i, lists] of all.entries()) {
    const piece = pieces[i];
    const types = piece && typesOf(piece);
    const count = (piece?.points.length ?? 0) / 3;
    for (let list = 0; list < cellCount(lists); list += 1) {
      const start = lists.offsets[list] ?? 0;
      const end = lists.offsets[list + 1] ?? 0;
      // Numbers of faces and corners are kept.
      let corners = types?.[list] === POLYHEDRON ? -1 : Number.POSITIVE_INFINITY;
      for (let at = start; at < end; at += 1) {
        const value = lists.connectivity[at] ?? 0;
        const isVertex = corners > 0;
        connectivity[used] = !isVertex ? value : value < count ? points + value : 0xffffffff;
        used += 1;
        corners = isVertex ? corners - 1 : corners < 0 ? 0 : value;
      }
      cell += 1;
      offsets[cell] = used;
    }
    points += count;
  }
  return { offsets, connectivity };
}
