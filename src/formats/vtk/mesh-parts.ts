import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";
import type { DataArray, Mesh, NumericArray, Points, Surface, Vertices } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";
import { linearFromSrgb } from "../srgb.ts";
import type { Attributes, PointValues, VtkDataset } from "./vtk-dataset.ts";

/** Primitives of a dataset, as point indices. */
export interface MeshParts {
  /** Three points per triangle. */
  readonly triangles: Uint32Array;
  /** The cell of each triangle; a number if each triangle is a cell, from this one on. */
  readonly triangleCells: Uint32Array | number;
  /** Two points per segment. */
  readonly segments: Uint32Array;
  /** The cell of each segment. */
  readonly segmentCells: Uint32Array;
  readonly vertices: Uint32Array;
}

interface MeshSource {
  readonly points: PointValues;
  readonly pointData: Attributes;
  readonly cellData: Attributes;
  readonly space?: VtkDataset["space"];
}

/**
 * Makes a mesh, or points, of the primitives of a dataset. Points and cells that no primitive uses are left out, with their values.
 *
 * @throws DataError if there is nothing to draw
 */
export function meshOfParts(
  { points, pointData, cellData, space }: MeshSource,
  { triangles, triangleCells, segments, segmentCells, vertices }: MeshParts,
  warnings: string[],
): Mesh | Points {
  const shared = new SharedVertices(points, pointData);
  const metadata = { origin: shared.origin, warnings };
  if (triangles.length === 0 && segments.length === 0) {
    if (vertices.length > 0) return { kind: "points", ...metadata, vertices: shared.select(vertices) };
    if (points.length === 0) throw new DataError("there is nothing to draw in it: it has no points");
    warnings.push("it has points, but no cells that can be drawn: the points are shown");
    return { kind: "points", ...metadata, vertices: shared.all() };
  }
  return {
    kind: "mesh",
    ...metadata,
    surfaces: triangles.length > 0 ? [surfaceOf(shared, triangles, triangleCells, pointData, cellData)] : [],
    lines:
      segments.length > 0
        ? { ...shared.select(segments), ...cellsOf(segmentCells, segments.length / 2, cellData.arrays) }
        : undefined,
    points: vertices.length > 0 ? shared.select(vertices) : undefined,
    ...(space && { space }),
  };
}

function surfaceOf(
  shared: SharedVertices,
  triangles: Uint32Array,
  triangleCells: Uint32Array | number,
  { normals }: Attributes,
  { arrays }: Attributes,
): Surface {
  const surface = shared.select(triangles);
  const used = shared.selectedPoints;
  const values = normals && selectValues(normals, used).values;
  return {
    ...surface,
    ...(values && { normals: values instanceof Float32Array ? values : Float32Array.from(values) }),
    ...cellsOf(triangleCells, triangles.length / 3, arrays),
  };
}

/** The cell of each triangle or segment, and the arrays of those cells. */
function cellsOf(
  cells: Uint32Array | number,
  count: number,
  arrays: readonly DataArray[],
): Pick<Surface, "cells" | "cellArrays"> {
  if (typeof cells === "number") {
    if (arrays.length === 0) return {};
    const part = ({ components, values }: DataArray): NumericArray =>
      values.subarray(cells * components, (cells + count) * components) as NumericArray;
    return { cellArrays: arrays.map((array) => ({ ...array, values: part(array) })) };
  }
  const [first] = arrays;
  const all = first === undefined ? highest(cells) + 1 : first.values.length / first.components;
  const { ids, indices } = compact(cells, all);
  const cellArrays = arrays.map((array) => selectValues(array, ids));
  const isIdentity = indices.every((cell, triangle) => cell === triangle);
  return { ...(!isIdentity && { cells: indices }), ...(arrays.length > 0 && { cellArrays }) };
}

/** The vertices of a dataset. Elements that use all of them share their arrays. */
class SharedVertices {
  readonly origin: Vec3;
  /** Points of the last selection, in ascending order; undefined for all. */
  selectedPoints: Uint32Array | undefined;
  readonly #points: PointValues;
  readonly #data: Attributes;
  #all: Vertices | undefined;

  constructor(points: PointValues, data: Attributes) {
    this.#points = points;
    this.#data = data;
    this.origin = coordinateOrigin(points);
  }

  /** All points, in order. */
  all(): Vertices {
    this.#all ??= this.#make(undefined);
    return this.#all;
  }

  /** The points that indices use. */
  select(indices: Uint32Array): Vertices {
    const { ids, indices: compacted } = compact(indices, this.#points.length / 3);
    this.selectedPoints = ids;
    const vertices = ids === undefined ? this.all() : this.#make(ids);
    return { ...vertices, indices: compacted };
  }

  #make(ids: Uint32Array | undefined): Vertices {
    const points = this.#points;
    const positions = ids === undefined ? points : selectNumbers(points, 3, ids);
    const arrays = this.#data.arrays.map((array) => selectValues(array, ids));
    const colors = colorsOf(arrays[0]);
    return {
      positions: relativeTo(this.origin, positions),
      ...(colors && { colors }),
      ...(arrays.length > 0 && { arrays }),
    };
  }
}

/** Colors of the active scalars if they are bytes of RGB or RGBA, which VTK draws as they are. */
function colorsOf(array: DataArray | undefined): Float32Array | undefined {
  if (!(array?.values instanceof Uint8Array) || (array.components !== 3 && array.components !== 4))
    return undefined;
  const { values, components } = array;
  const linear = Float32Array.from({ length: 256 }, (_, byte) => linearFromSrgb(byte / 255));
  const count = values.length / components;
  const colors = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    for (let k = 0; k < 3; k += 1) colors[3 * i + k] = linear[values[components * i + k] ?? 0] ?? 0;
  }
  return colors;
}

/**
 * Renumbers indices so that those that occur are consecutive.
 *
 * @param count number of elements that the indices are of
 * @returns the elements that occur, in ascending order, undefined if all do; and the new indices
 */
function compact(
  indices: Uint32Array,
  count: number,
): { readonly ids: Uint32Array | undefined; readonly indices: Uint32Array } {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < indices.length; i += 1) numbers[indices[i] ?? 0] = 1;
  let used = 0;
  for (let i = 0; i < count; i += 1) used += numbers[i] ?? 0;
  if (used === count) return { ids: undefined, indices };
  const ids = new Uint32Array(used);
  let next = 0;
  for (let i = 0; i < count; i += 1) {
    if (numbers[i] === 0) continue;
    ids[next] = i;
    numbers[i] = next;
    next += 1;
  }
  const renumbered = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i += 1) renumbered[i] = numbers[indices[i] ?? 0] ?? 0;
  return { ids, indices: renumbered };
}

/** Selects the values of some elements. @param ids default: all */
export function selectValues(array: DataArray, ids: Uint32Array | undefined): DataArray {
  return ids === undefined ? array : { ...array, values: selectNumbers(array.values, array.components, ids) };
}

export function selectNumbers<T extends NumericArray>(values: T, components: number, ids: Uint32Array): T {
  const selected = new (values.constructor as new (length: number) => T)(components * ids.length);
  for (let i = 0; i < ids.length; i += 1) {
    const from = components * (ids[i] ?? 0);
    for (let k = 0; k < components; k += 1) selected[components * i + k] = values[from + k] ?? 0;
  }
  return selected;
}

function highest(values: Uint32Array): number {
  let max = 0;
  for (let i = 0; i < values.length; i += 1) max = Math.max(max, values[i] ?? 0);
  return max;
}
