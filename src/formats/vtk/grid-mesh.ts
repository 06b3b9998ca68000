import type { Mesh, Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { CellParts } from "./cell-parts.ts";
import { meshOfParts, selectValues } from "./mesh-parts.ts";
import { unstructuredMesh, withSolidCells } from "./unstructured-mesh.ts";
import {
  type Attributes,
  type GridDims,
  gridCounts,
  type ImageData,
  type PointValues,
  type RectilinearGrid,
  type StructuredGrid,
  type UnstructuredGrid,
} from "./vtk-dataset.ts";

export type Grid = StructuredGrid | RectilinearGrid | ImageData;

/** Maximum number of cells of a grid that are kept for sections: they take 60 bytes each. */
const MAX_KEPT_CELLS = 20_000_000;

const QUAD = 9;
const HEXAHEDRON = 12;

/**
 * Makes a mesh of the six sides of a grid, or of all cells of a grid of lower dimension. The points of each side are its own, so that
 * memory depends on the surface of the grid, not on its volume.
 *
 * @throws DataError
 */
export function gridMesh(
  grid: Grid,
  warnings: string[],
  { keepsCells = false }: Pick<ReadContext, "keepsCells"> = {},
): Mesh | Points {
  const { dims, pointData, cellData, space } = grid;
  if (cellData.ghosts !== undefined) return unstructuredMesh(gridCells(grid), warnings, { keepsCells });
  const sides = sidesOf(dims);
  const count = sides.reduce((sum, { u, v }) => sum + (dims[u] ?? 1) * (dims[v] ?? 1), 0);
  const ids = new Uint32Array(count);
  const lists = { connectivity: new Uint32Array(4), offsets: new Uint32Array() };
  const places: Place[] = [];
  let used = 0;
  for (const side of sides) {
    places.push({ side, first: used });
    used = addPoints(dims, side, ids, used);
  }
  const points = pointsOf(grid, ids);
  const parts = new CellParts(points);
  for (const { side, first } of places) addCells(dims, side, first, lists, parts);
  const select = ({ arrays, normals }: Attributes): Attributes => ({
    arrays: arrays.map((array) => selectValues(array, ids)),
    normals: normals && selectValues(normals, ids),
  });
  const source = { points, pointData: select(pointData), cellData, ...(space && { space }) };
  const mesh = meshOfParts(source, parts.finish(1, warnings), warnings);
  if (!keepsCells || dims.includes(1)) return mesh;
  if (gridCounts(dims).cells <= MAX_KEPT_CELLS) return withSolidCells(mesh, gridCells(grid), true);
  warnings.push(`its section is not filled: it has more than ${MAX_KEPT_CELLS / 1e6} million cells`);
  return mesh;
}

/** A side of a grid: the layer `level` of the axis `normal`. */
interface Side {
  readonly u: 0 | 1 | 2;
  readonly v: 0 | 1 | 2;
  readonly normal: 0 | 1 | 2;
  readonly level: number;
  /** Whether the normal of u and v points inwards. */
  readonly flipped: boolean;
}

interface Place {
  readonly side: Side;
  readonly first: number;
}

function sidesOf(dims: GridDims): Side[] {
  const flat = ([2, 1, 0] as const).filter((axis) => dims[axis] === 1);
  const planes = ([0, 1, 2] as const).map((normal) => {
    const u = ((normal + 1) % 3) as 0 | 1 | 2;
    const v = ((normal + 2) % 3) as 0 | 1 | 2;
    return { u, v, normal };
  });
  const [first] = flat;
  if (first !== undefined)
    return planes
      .filter(({ normal }) => normal === first)
      .map((side) => ({ ...side, level: 0, flipped: false }));
  return planes.flatMap((plane) => [
    { ...plane, level: 0, flipped: true },
    { ...plane, level: dims[plane.normal] - 1, flipped: false },
  ]);
}

/** Adds the points of a side to `ids`, u fastest. @returns their number, added to `used` */
function addPoints(dims: GridDims, { u, v, normal, level }: Side, ids: Uint32Array, used: number): number {
  const strides = [1, dims[0], dims[0] * dims[1]] as const;
  let next = used;
  for (let j = 0; j < dims[v]; j += 1) {
    for (let i = 0; i < dims[u]; i += 1) {
      ids[next] = i * strides[u] + j * strides[v] + level * strides[normal];
      next += 1;
    }
  }
  return next;
}

function addCells(
  dims: GridDims,
  { u, v, normal, level, flipped }: Side,
  first: number,
  lists: { readonly connectivity: Uint32Array; readonly offsets: Uint32Array },
  parts: CellParts,
): void {
  const cellDims = dims.map((n) => Math.max(1, n - 1));
  const strides = [1, cellDims[0] ?? 1, (cellDims[0] ?? 1) * (cellDims[1] ?? 1)] as const;
  const layer = Math.max(0, Math.min(level, dims[normal] - 2));
  const width = dims[u];
  const height = dims[v];
  const { connectivity } = lists;
  if (width === 1 && height === 1) {
    connectivity[0] = first;
    parts.addVertices(lists, 0, 1);
  } else if (width === 1 || height === 1) {
    for (let i = 0; i + 1 < width * height; i += 1) {
      connectivity.set([first + i, first + i + 1]);
      parts.addLine(lists, 0, 2, i);
    }
  }
  for (let j = 0; j + 1 < height; j += 1) {
    for (let i = 0; i + 1 < width; i += 1) {
      const a = first + j * width + i;
      const b = a + 1;
      const d = a + width;
      const c = d + 1;
      connectivity[0] = a;
      connectivity[1] = flipped ? d : b;
      connectivity[2] = c;
      connectivity[3] = flipped ? b : d;
      parts.addPolygon(lists, 0, 4, i * strides[u] + j * strides[v] + layer * strides[normal]);
    }
  }
}

/** The coordinates of some points of a grid. */
function pointsOf(grid: Grid, ids: Uint32Array): PointValues {
  if (grid.kind === "structured") {
    const points = new (grid.points.constructor as new (length: number) => PointValues)(3 * ids.length);
    for (let i = 0; i < ids.length; i += 1) {
      const from = 3 * (ids[i] ?? 0);
      for (let axis = 0; axis < 3; axis += 1) points[3 * i + axis] = grid.points[from + axis] ?? 0;
    }
    return points;
  }
  const points = new Float64Array(3 * ids.length);
  const [nx, ny] = grid.dims;
  for (let index = 0; index < ids.length; index += 1) {
    const id = ids[index] ?? 0;
    const i = id % nx;
    const j = Math.floor(id / nx) % ny;
    const k = Math.floor(id / (nx * ny));
    for (let axis = 0; axis < 3; axis += 1) points[3 * index + axis] = coordinate(grid, axis, [i, j, k]);
  }
  return points;
}

function coordinate(
  grid: RectilinearGrid | ImageData,
  axis: number,
  [i, j, k]: readonly [number, number, number],
): number {
  if (grid.kind === "rectilinear") return grid.axes[axis]?.[[i, j, k][axis] ?? 0] ?? 0;
  const row = grid.affine.slice(4 * axis, 4 * axis + 4);
  return (row[0] ?? 0) * i + (row[1] ?? 0) * j + (row[2] ?? 0) * k + (row[3] ?? 0);
}

/** The cells of a grid as an unstructured grid. */
export function gridCells(grid: Grid): UnstructuredGrid {
  const { dims, pointData, cellData, space } = grid;
  const [nx, ny, nz] = dims;
  const ids = Uint32Array.from({ length: nx * ny * nz }, (_, i) => i);
  const axes = ([0, 1, 2] as const).filter((axis) => dims[axis] > 1);
  const strides = [1, nx, nx * ny] as const;
  const corners =
    axes.length === 3
      ? [0, 1, 1 + nx, nx, nx * ny, 1 + nx * ny, 1 + nx + nx * ny, nx + nx * ny]
      : [0, strides[axes[0] ?? 0], strides[axes[0] ?? 0] + strides[axes[1] ?? 1], strides[axes[1] ?? 1]];
  const cells = dims.reduce((product, n) => product * Math.max(1, n - 1), 1);
  const isDrawable = axes.length >= 2;
  const connectivity = new Uint32Array(isDrawable ? cells * corners.length : 0);
  let used = 0;
  for (let k = 0; isDrawable && k < Math.max(1, nz - 1); k += 1) {
    for (let j = 0; j < Math.max(1, ny - 1); j += 1) {
      for (let i = 0; i < Math.max(1, nx - 1); i += 1) {
        for (const corner of corners) {
          connectivity[used] = i + j * nx + k * nx * ny + corner;
          used += 1;
        }
      }
    }
  }
  const offsets = Uint32Array.from({ length: cells + 1 }, (_, cell) =>
    isDrawable ? cell * corners.length : 0,
  );
  const types = new Uint8Array(cells).fill(isDrawable ? (axes.length === 3 ? HEXAHEDRON : QUAD) : 0);
  const points = pointsOf(grid, ids);
  return {
    kind: "unstructured",
    points,
    cells: { offsets, connectivity },
    types,
    pointData,
    cellData,
    ...(space && { space }),
  };
}
