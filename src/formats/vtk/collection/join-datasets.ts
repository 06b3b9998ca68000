import { checkCellLists } from "../cell-lists.ts";
import { checkGrid, limitedGrid } from "../dataset-data.ts";
import { gridCells } from "../grid-mesh.ts";
import {
  type CellLists,
  cellCount,
  type PolyData,
  type UnstructuredGrid,
  type VtkDataset,
} from "../vtk-dataset.ts";
import { concatenate } from "../xml/merge-attributes.ts";
import { mergePieces } from "../xml/merge-pieces.ts";

/** VTK's cell types of the four lists of polygonal data. */
const POLYDATA_TYPES = { verts: 2, lines: 4, polys: 7, strips: 6 } as const;

/**
 * Joins the datasets of several files to one. Those of several kinds become an unstructured grid.
 *
 * @throws DataError if they are damaged
 */
export function joinDatasets(datasets: readonly VtkDataset[], warnings: string[]): VtkDataset {
  const [first] = datasets;
  if (first !== undefined && datasets.length === 1) return first;
  if (datasets.every(({ kind }) => kind === "polydata")) return mergePieces(datasets, warnings);
  return mergePieces(datasets.map(toUnstructured), warnings);
}

function toUnstructured(dataset: VtkDataset): UnstructuredGrid {
  if (dataset.kind === "unstructured") return dataset;
  if (dataset.kind === "polydata") return polyDataCells(dataset);
  checkGrid(dataset);
  return gridCells(limitedGrid(dataset));
}

function polyDataCells({ points, pointData, cellData, space, ...lists }: PolyData): UnstructuredGrid {
  const parts = (["verts", "lines", "polys", "strips"] as const).map((name) => ({
    lists: lists[name],
    type: POLYDATA_TYPES[name],
  }));
  for (const part of parts) checkCellLists(part.lists);
  return {
    kind: "unstructured",
    points,
    cells: joinLists(parts.map((part) => part.lists)),
    types: concatenate(parts.map((part) => new Uint8Array(cellCount(part.lists)).fill(part.type))),
    pointData,
    cellData,
    ...(space && { space }),
  };
}

function joinLists(parts: readonly CellLists[]): CellLists {
  const cells = parts.reduce((sum, lists) => sum + cellCount(lists), 0);
  const offsets = new Uint32Array(cells + 1);
  let [cell, used] = [0, 0];
  for (const lists of parts) {
    for (let i = 1; i < lists.offsets.length; i += 1) {
      cell += 1;
      offsets[cell] = used + (lists.offsets[i] ?? 0);
    }
    used = offsets[cell] ?? 0;
  }
  const connectivity = concatenate(
    parts.map((lists) => lists.connectivity.subarray(0, lists.offsets.at(-1) ?? 0)),
  );
  return { offsets, connectivity };
}
