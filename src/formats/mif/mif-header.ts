import { DataError, quote } from "../load-error.ts";
import { type Affine, affineOf, isInvertible } from "../volume/affine.ts";
import type { AxisRole, StoredAxis } from "../volume/stored-axis.ts";
import type { VoxelType } from "../volume/voxel-type.ts";

const TYPES: Readonly<Record<string, VoxelType>> = {
  int8: "int8",
  uint8: "uint8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  int64: "int64",
  uint64: "uint64",
  float32: "float32",
  float64: "float64",
  cfloat32: "complex64",
  cfloat64: "complex128",
};

export interface MifHeader {
  /** "bit": 8 voxels in a byte. */
  readonly type: VoxelType | "bit";
  readonly littleEndian: boolean;
  /** The fastest first. */
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  readonly slope: number;
  readonly intercept: number;
  /** Name ("." is the file itself), and offset of the voxels, bytes. */
  readonly file: readonly [name: string, offset: number];
}

/**
 * Parses the lines after "mrtrix image", up to END.
 *
 * Source: https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html
 *
 * @throws DataError
 */
export function parseMifHeader(text: string, warnings: string[]): MifHeader {
  const fields = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/).slice(1)) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value]);
  }
  const field = (name: string): string => fields.get(name)?.[0] ?? "";
  const [, typeName = "", order = ""] = /^(.*?)(LE|BE)?$/i.exec(field("datatype")) ?? [];
  const type = typeName.toLowerCase() === "bit" ? "bit" : TYPES[typeName.toLowerCase()];
  if (type === undefined) throw new DataError(`its datatype ${quote(field("datatype"))} cannot be read`);
  const [name = "", offset = "0"] = /^(\S.*?)(?:\s+(\d+))?$/.exec(field("file"))?.slice(1) ?? [];
  if (name === "") throw new DataError("it has no field file, which says where the voxels are");
  if ((fields.get("file")?.length ?? 0) > 1)
    throw new DataError("its voxels are in several files, which cannot be read");
  const sizes = numbers(field("dim"));
  if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new DataError(`its dim is ${quote(field("dim"))}`);
  }
  const [intercept = 0, slope = 1] = numbers(field("scaling"));
  return {
    type,
    littleEndian: order.toUpperCase() !== "BE",
    axes: storedAxes(sizes, field("layout")),
    affine: mifAffine(numbers(field("vox")), fields.get("transform") ?? [], sizes, warnings),
    slope: Number.isFinite(slope) && slope !== 0 ? slope : 1,
    intercept: Number.isFinite(intercept) ? intercept : 0,
    file: [name, Number(offset ?? 0)],
  };
}

function numbers(text: string): number[] {
  return text === "" ? [] : text.split(/\s*,\s*|\s+/).map(Number);
}

const ROLES: readonly AxisRole[] = ["i", "j", "k", "time"];

/** The axes by their rank in the layout, such as "-0,-1,+2": i is the fastest and stored backwards. */
function storedAxes(sizes: readonly number[], layout: string): StoredAxis[] {
  if (sizes.slice(4).some((size) => size > 1))
    throw new DataError(`it has ${sizes.length} axes, more than 4`);
  const ranks = layout.split(",").map((text) => /^\s*([+-]?)(\d+)\s*$/.exec(text));
  const order = ranks.map((match) => Number(match?.[2] ?? Number.NaN));
  const isPermutation = order.toSorted((a, b) => a - b).every((rank, i) => rank === i);
  if (order.length !== sizes.length || !isPermutation) {
    throw new DataError(`its layout is ${quote(layout)}, for ${sizes.length} axes`);
  }
  return sizes
    .map((size, axis) => ({ axis, size, rank: order[axis] ?? 0, reversed: ranks[axis]?.[1] === "-" }))
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap(({ axis, size, reversed }) => {
      const role = ROLES[axis];
      return role === undefined ? [] : [{ role, size, reversed }];
    });
}

/** The matrix to RAS+ mm: that of the file has columns of length 1. Without one, the centre is at 0, as in MRtrix. */
function mifAffine(
  voxelSizes: readonly number[],
  rows: readonly string[],
  sizes: readonly number[],
  warnings: string[],
): Affine {
  const step = (axis: number): number => {
    const size = voxelSizes[axis] ?? 1;
    return Number.isFinite(size) && size > 0 ? size : 1;
  };
  const matrix = rows.map(numbers);
  if (rows.length > 0) {
    const columns = [0, 1, 2].map((axis) =>
      [0, 1, 2].map((row) => (matrix[row]?.[axis] ?? Number.NaN) * step(axis)),
    );
    const affine = affineOf(
      columns,
      [0, 1, 2].map((row) => matrix[row]?.[3] ?? Number.NaN),
    );
    if (isInvertible(affine)) return affine;
    warnings.push("its transform is not valid, and is not used");
  }
  const diagonal = [0, 1, 2].map((axis) => [0, 1, 2].map((row) => (axis === row ? step(axis) : 0)));
  return affineOf(
    diagonal,
    [0, 1, 2].map((axis) => -0.5 * step(axis) * ((sizes[axis] ?? 1) - 1)),
  );
}
