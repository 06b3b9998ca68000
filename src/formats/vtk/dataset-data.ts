import type { FileData } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { checkCellLists } from "./cell-lists.ts";
import { type Grid, gridMesh } from "./grid-mesh.ts";
import { imageVolume } from "./image-volume.ts";
import { polyDataMesh } from "./polydata-mesh.ts";
import { unstructuredMesh } from "./unstructured-mesh.ts";
import { gridCounts, type VtkDataset } from "./vtk-dataset.ts";

/** Maximum number of points of a grid: indices are 32-bit integers. */
const MAX_POINTS = 2 ** 32 - 1;

/**
 * Makes the data that is shown of a dataset.
 *
 * @param warnings becomes those of the data
 * @throws DataError
 */
export function datasetData(
  dataset: VtkDataset,
  warnings: string[],
  options: Pick<ReadContext, "keepsCells">,
): FileData {
  switch (dataset.kind) {
    case "polydata":
      for (const lists of [dataset.verts, dataset.lines, dataset.polys, dataset.strips])
        checkCellLists(lists);
      return polyDataMesh(dataset, warnings);
    case "unstructured":
      checkCellLists(dataset.cells);
      if (dataset.types.length !== dataset.cells.offsets.length - 1) {
        throw new DataError(
          `it has ${dataset.types.length} types of cells, but ${dataset.cells.offsets.length - 1} cells: the file is damaged`,
        );
      }
      return unstructuredMesh(dataset, warnings, options);
    default: {
      checkGrid(dataset);
      const volume = dataset.kind === "image" ? imageVolume(dataset, warnings) : undefined;
      return volume ?? gridMesh(limitedGrid(dataset), warnings, options);
    }
  }
}

export function checkGrid(grid: Grid): void {
  const { dims } = grid;
  const { points } = gridCounts(dims);
  if (points === 0) throw new DataError("there is nothing to draw in it: it has no points");
  if (points > MAX_POINTS)
    throw new DataError(`its ${dims.join(" x ")} points are more than 4 billion, which is the maximum`);
  if (grid.kind === "structured" && grid.points.length !== 3 * points) {
    throw new DataError(
      `it has ${grid.points.length / 3} points, but its dimensions are ${dims.join(" x ")}: the file is damaged`,
    );
  }
  if (grid.kind === "rectilinear" && grid.axes.some((axis, i) => axis.length !== dims[i])) {
    throw new DataError(
      `it has ${grid.axes.map(({ length }) => length).join(", ")} coordinates, but its dimensions are ${dims.join(" x ")}: the file is damaged`,
    );
  }
}

/** A grid whose number of points is limited by the size of its file: the box of one without values. */
export function limitedGrid<T extends Grid>(grid: T): T {
  const hasValues = [grid.pointData, grid.cellData].some(
    ({ arrays, normals, ghosts }) => arrays.length > 0 || normals !== undefined || ghosts !== undefined,
  );
  if (grid.kind === "structured" || hasValues) return grid;
  const dims = grid.dims.map((n) => Math.min(2, n));
  if (grid.kind === "rectilinear") {
    const axes = grid.axes.map((axis) =>
      axis.length > 1 ? [axis[0] ?? 0, axis[axis.length - 1] ?? 0] : axis,
    );
    return { ...grid, dims, axes };
  }
  const affine = grid.affine.map((value, at) =>
    at % 4 === 3 ? value : value * Math.max(1, (grid.dims[at % 4] ?? 1) - 1),
  );
  return { ...grid, dims, affine: [...affine.slice(0, 12), 0, 0, 0, 1] };
}
