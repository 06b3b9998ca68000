import type { DataArray, Space } from "../data-kinds.ts";

/** The content of a VTK file, whatever its encoding: one of VTK's five kinds of datasets, or an unstructured grid with all parts of a file. */
export type VtkDataset = PolyData | UnstructuredGrid | StructuredGrid | ImageData | RectilinearGrid;

/** Three values per point, as in the file. */
export type PointValues = Float32Array | Float64Array;

/** Arrays with one element per point or cell of a dataset. */
export interface Attributes {
  /** The active scalars are first. */
  readonly arrays: readonly DataArray[];
  /** The active normals, which are not one of `arrays`. */
  readonly normals?: DataArray | undefined;
  /** VTK's ghost flags of each element. */
  readonly ghosts?: Uint8Array | undefined;
}

interface DatasetBase {
  readonly pointData: Attributes;
  readonly cellData: Attributes;
  /** Default: "unknown". */
  readonly space?: Space | undefined;
}

/** Lists of vertex indices, one per cell. */
export interface CellLists {
  /** Start of each cell in `connectivity`, and its length as the last element. */
  readonly offsets: Uint32Array;
  readonly connectivity: Uint32Array;
}

export interface PolyData extends DatasetBase {
  readonly kind: "polydata";
  readonly points: PointValues;
  /** The cells are numbered in this order. */
  readonly verts: CellLists;
  readonly lines: CellLists;
  readonly polys: CellLists;
  readonly strips: CellLists;
}

export interface UnstructuredGrid extends DatasetBase {
  readonly kind: "unstructured";
  readonly points: PointValues;
  /** The list of a polyhedron has its faces: their number, then the number of corners and the corners of each. */
  readonly cells: CellLists;
  /** VTK's cell type of each cell. */
  readonly types: Uint8Array;
}

/** Number of points along i, j, k; i varies fastest. */
export type GridDims = readonly [number, number, number];

export interface StructuredGrid extends DatasetBase {
  readonly kind: "structured";
  readonly dims: GridDims;
  readonly points: PointValues;
}

export interface ImageData extends DatasetBase {
  readonly kind: "image";
  readonly dims: GridDims;
  /** Row-major 4x4 matrix from i, j, k to world coordinates. */
  readonly affine: readonly number[];
}

export interface RectilinearGrid extends DatasetBase {
  readonly kind: "rectilinear";
  readonly dims: GridDims;
  /** Coordinates along x, y and z. */
  readonly axes: readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
}

export const NO_CELLS: CellLists = { offsets: new Uint32Array(1), connectivity: new Uint32Array() };

/** Number of cells of lists. */
export function cellCount({ offsets }: CellLists): number {
  return offsets.length - 1;
}

/** Number of points or cells of a grid. A dimension of one point has one layer of cells of lower dimension. */
export function gridCounts(dims: GridDims): { readonly points: number; readonly cells: number } {
  return {
    points: dims.reduce((product, n) => product * n, 1),
    cells: dims.reduce((product, n) => product * Math.max(1, n - 1), 1),
  };
}
