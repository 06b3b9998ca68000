import type { DataArray, NumericArray } from "../../data-kinds.ts";
import { DataError } from "../../load-error.ts";
import type { Grid } from "../grid-mesh.ts";
import type { Attributes, GridDims, PointValues } from "../vtk-dataset.ts";
import { dimsOf } from "./xml-piece.ts";

export interface GridPiece {
  readonly grid: Grid;
  /** First and last index of points along i, j and k. */
  readonly extent: readonly number[];
}

/**
 * Joins pieces of a grid to one.
 *
 * @throws DataError if they do not fill it
 */
export function mergeGrids(pieces: readonly GridPiece[]): Grid {
  const [first] = pieces;
  if (first === undefined) throw new DataError("there is nothing to draw in it: it has no points");
  if (pieces.length === 1) return first.grid;
  const whole = [0, 1, 2, 3, 4, 5].map((i) =>
    (i % 2 === 0 ? Math.min : Math.max)(...pieces.map(({ extent }) => extent[i] ?? 0)),
  );
  const dims = dimsOf(whole);
  const product = (counts: readonly number[]): number => counts.reduce((count, n) => count * n, 1);
  const total = pieces.reduce((sum, { extent }) => sum + product(dimsOf(extent)), 0);
  if (product(dims) > total)
    throw new DataError(`its ${pieces.length} pieces do not fill a grid of ${dims.join(" x ")} points`);
  const places = pieces.map(({ extent }) => ({
    start: [0, 1, 2].map((axis) => (extent[2 * axis] ?? 0) - (whole[2 * axis] ?? 0)),
    dims: dimsOf(extent),
  }));
  const cellsOf = (counts: GridDims): GridDims => [
    Math.max(1, counts[0] - 1),
    Math.max(1, counts[1] - 1),
    Math.max(1, counts[2] - 1),
  ];
  const cellPlaces = places.map((place) => ({ ...place, dims: cellsOf(place.dims) }));
  const data = {
    pointData: joinAttributes(
      pieces.map(({ grid }) => grid.pointData),
      places,
      dims,
    ),
    cellData: joinAttributes(
      pieces.map(({ grid }) => grid.cellData),
      cellPlaces,
      cellsOf(dims),
    ),
  };
  switch (first.grid.kind) {
    case "structured": {
      const points = pieces.map(({ grid }) =>
        grid.kind === "structured" ? grid.points : new Float32Array(),
      );
      return { ...first.grid, ...data, dims, points: join(points, 3, places, dims) as PointValues };
    }
    case "rectilinear": {
      const axes = ([0, 1, 2] as const).map((axis) => {
        const values = new Float64Array(dims[axis]);
        for (const [i, { grid }] of pieces.entries()) {
          if (grid.kind === "rectilinear")
            values.set(Array.from(grid.axes[axis]), places[i]?.start[axis] ?? 0);
        }
        return values;
      });
      const [x = [], y = [], z = []] = axes;
      return { ...first.grid, ...data, dims, axes: [x, y, z] };
    }
    case "image": {
      const corner = pieces.findIndex((_, i) => places[i]?.start.every((start) => start === 0));
      const origin = pieces[corner]?.grid;
      if (origin?.kind !== "image")
        throw new DataError("its pieces do not fill a grid: the first is missing");
      return { ...origin, ...data, dims };
    }
  }
}

interface Place {
  readonly start: readonly number[];
  readonly dims: GridDims;
}

function joinAttributes(pieces: readonly Attributes[], places: readonly Place[], dims: GridDims): Attributes {
  const merge = (array: DataArray, parts: readonly (DataArray | undefined)[]): DataArray[] => {
    const values = parts.flatMap((part) => (part?.components === array.components ? [part.values] : []));
    return values.length === parts.length
      ? [{ ...array, values: join(values, array.components, places, dims) }]
      : [];
  };
  const arrays = (pieces[0]?.arrays ?? []).flatMap((array) =>
    merge(
      array,
      pieces.map((piece) => piece.arrays.find(({ name }) => name === array.name)),
    ),
  );
  const normals = pieces[0]?.normals;
  const [joined] =
    normals === undefined
      ? []
      : merge(
          normals,
          pieces.map((piece) => piece.normals),
        );
  return { arrays, ...(joined && { normals: joined }) };
}

/** Copies the values of each piece to its place, row by row. */
function join(
  parts: readonly NumericArray[],
  components: number,
  places: readonly Place[],
  dims: GridDims,
): NumericArray {
  const [first] = parts;
  const Values = (first?.constructor ?? Float32Array) as new (length: number) => NumericArray;
  const whole = new Values(components * dims[0] * dims[1] * dims[2]);
  for (const [p, part] of parts.entries()) {
    const {
      start,
      dims: [nx, ny, nz],
    } = places[p] ?? { start: [], dims: [0, 0, 0] as const };
    const [x = 0, y = 0, z = 0] = start;
    for (let row = 0; row < ny * nz; row += 1) {
      const to = x + dims[0] * (y + (row % ny) + dims[1] * (z + Math.floor(row / ny)));
      whole.set(part.subarray(components * row * nx, components * (row + 1) * nx), components * to);
    }
  }
  return whole;
}
