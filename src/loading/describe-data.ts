import type { DataArray, FileData, NumericArray } from "../formats/data-kinds.ts";

/** Values of an array, as a person wants to know them before choosing colors. */
export interface ArraySummary {
  readonly name: string;
  /** What the values belong to. */
  readonly of: "points" | "cells" | "streamlines" | "group" | "voxels" | "atoms";
  readonly components: number;
  /** Type of the stored values: "int16", "float32". */
  readonly type: string;
  /** Smallest and largest finite value of all components; undefined without any. */
  readonly range: readonly [number, number] | undefined;
  /** Number of values that are NaN or infinite. */
  readonly invalid: number;
  readonly unit?: string | undefined;
  /** Number of labels that the file names. */
  readonly labels?: number | undefined;
  /** Structure of the brain that the values belong to. */
  readonly structure?: string | undefined;
}

/** What is in a file. */
export interface DataSummary {
  readonly kind: FileData["kind"];
  /** "streamlines": 1200, "points": 96000, … */
  readonly counts: Readonly<Record<string, number>>;
  /** Box around all positions, in the coordinates of the file; undefined without positions. */
  readonly extent: { readonly min: readonly number[]; readonly max: readonly number[] } | undefined;
  /** Unit of the coordinates; default: unknown. */
  readonly unit?: string | undefined;
  readonly space?: string | undefined;
  /** Row-major 4x4 matrix from voxels to world coordinates. */
  readonly affine?: readonly number[] | undefined;
  /** Numbers of voxels, and of time steps if there are several. */
  readonly dims?: readonly number[] | undefined;
  readonly arrays: readonly ArraySummary[];
  readonly groups?: readonly { readonly name: string; readonly streamlines: number }[] | undefined;
  readonly warnings: readonly string[];
}

/** Summarizes the content of a file; of one with time steps, that of the first, and their number. */
export function describeData(data: FileData): DataSummary {
  const summary = summarize(data);
  if (data.steps === undefined) return summary;
  return { ...summary, counts: { ...summary.counts, steps: data.steps.count } };
}

function summarize(data: FileData): DataSummary {
  const { warnings } = data;
  switch (data.kind) {
    case "mesh": {
      const vertices = [...data.surfaces, data.lines, data.points].filter((part) => part !== undefined);
      const corners = (part: { positions: Float32Array; indices?: Uint32Array | undefined } | undefined) =>
        part === undefined ? 0 : (part.indices?.length ?? part.positions.length / 3);
      return {
        kind: data.kind,
        counts: {
          vertices: sum(
            [...new Set(vertices.map(({ positions }) => positions))].map(({ length }) => length / 3),
          ),
          triangles: sum(data.surfaces.map((surface) => corners(surface) / 3)),
          lines: corners(data.lines) / 2,
          points: corners(data.points),
        },
        extent: extentOf(
          vertices.map(({ positions }) => positions),
          data.origin,
        ),
        space: data.space,
        arrays: [
          ...vertices.flatMap(({ arrays = [] }) => arrays.map((array) => describeArray(array, "points"))),
          ...[...data.surfaces, ...[data.lines ?? []].flat()].flatMap(({ cellArrays = [] }) =>
            cellArrays.map((array) => describeArray(array, "cells")),
          ),
        ],
        warnings,
      };
    }
    case "points": {
      const { positions, arrays = [] } = data.vertices;
      return {
        kind: data.kind,
        counts: { points: positions.length / 3 },
        extent: extentOf([positions], data.origin),
        arrays: arrays.map((array) => describeArray(array, "points")),
        warnings,
      };
    }
    case "streamlines":
      return {
        kind: data.kind,
        counts: { streamlines: data.offsets.length - 1, points: data.positions.length / 3 },
        extent: extentOf([data.positions], data.origin),
        unit: data.space === "ras" ? "mm" : undefined,
        space: data.space,
        arrays: [
          ...data.pointArrays.map((array) => describeArray(array, "points")),
          ...data.streamlineArrays.map((array) => describeArray(array, "streamlines")),
          ...data.groups.flatMap(({ name, arrays }) =>
            arrays.map((array) => describeArray({ ...array, name: `${name}: ${array.name}` }, "group")),
          ),
        ],
        groups: data.groups.map(({ name, streamlines }) => ({ name, streamlines: streamlines.length })),
        warnings,
      };
    case "volume": {
      const { dims, frames, components, values, slope, intercept, affine, space, unit, labels } = data;
      const stored = describeArray({ name: "values", components, values, unit: undefined, labels }, "voxels");
      const scaled = stored.range?.map((value) => value * slope + intercept).toSorted((a, b) => a - b);
      return {
        kind: data.kind,
        counts: { voxels: dims[0] * dims[1] * dims[2], frames },
        extent: volumeExtent(dims, affine),
        ...{ unit, space, affine },
        dims: frames > 1 ? [...dims, frames] : dims,
        arrays: [{ ...stored, range: scaled && [scaled[0] ?? 0, scaled[1] ?? 0] }],
        warnings,
      };
    }
    case "molecule":
      return {
        kind: data.kind,
        counts: {
          atoms: data.elements.length,
          bonds: data.bonds.length / 2,
          residues: data.residues.length,
          chains: data.chains.length,
          models: data.models.length + 1,
        },
        extent: extentOf([data.positions], data.origin),
        unit: "Å",
        arrays: [describeArray({ name: "bFactors", components: 1, values: data.bFactors }, "atoms")],
        warnings,
      };
    case "overlay":
      return {
        kind: data.kind,
        counts: {},
        extent: undefined,
        arrays: data.arrays.map((array) => describeArray(array, data.of)),
        warnings,
      };
    case "trajectory":
      return {
        kind: data.kind,
        counts: { atoms: data.atoms, frames: data.frames.length },
        extent: undefined,
        arrays: [],
        warnings,
      };
    case "gltf": {
      const { meshes = [], materials = [], animations = [], nodes = [] } = data.document;
      const counts = {
        nodes: nodes.length,
        meshes: meshes.length,
        materials: materials.length,
        animations: animations.length,
      };
      return { kind: data.kind, counts, extent: undefined, arrays: [], warnings };
    }
  }
}

function describeArray(
  { name, components, values, unit, labels, structure }: DataArray,
  of: ArraySummary["of"],
): ArraySummary {
  let [min, max, invalid] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      invalid += 1;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const range = min <= max ? ([min, max] as const) : undefined;
  const type = typeOf(values);
  return { name, of, components, type, range, invalid, unit, labels: labels?.length, structure };
}

/** Float32Array → "float32" */
function typeOf(values: NumericArray): string {
  return values.constructor.name.replace("Array", "").toLowerCase();
}

function extentOf(arrays: readonly Float32Array[], origin: readonly number[]): DataSummary["extent"] {
  const min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max = min.map((value) => -value);
  for (const positions of new Set(arrays)) {
    for (let i = 0; i < positions.length; i += 1) {
      const value = positions[i] ?? 0;
      const axis = i % 3;
      if (value < (min[axis] ?? 0)) min[axis] = value;
      if (value > (max[axis] ?? 0)) max[axis] = value;
    }
  }
  if (!min.every(Number.isFinite)) return undefined;
  const world = (corner: number[]) => corner.map((value, axis) => value + (origin[axis] ?? 0));
  return { min: world(min), max: world(max) };
}

/** Box around the voxels of a volume, including the half voxels at its faces. */
function volumeExtent(dims: readonly number[], affine: readonly number[]): DataSummary["extent"] {
  const [min, max]: [number[], number[]] = [[], []];
  for (const row of [0, 1, 2]) {
    const entry = (column: number): number => affine[4 * row + column] ?? 0;
    let [low, high] = [entry(3), entry(3)];
    for (const [column, size] of dims.entries()) {
      const ends = [-0.5 * entry(column), (size - 0.5) * entry(column)];
      low += Math.min(...ends);
      high += Math.max(...ends);
    }
    min.push(low);
    max.push(high);
  }
  return { min, max };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
