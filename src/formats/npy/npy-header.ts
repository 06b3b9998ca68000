import { DataError, quote } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";
import type { AxisRole, StoredAxis } from "../volume/stored-axis.ts";
import type { VoxelType } from "../volume/voxel-type.ts";

export const NPY_MAGIC = "\x93NUMPY";

/** By the code of the kind and the size in bytes. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  b1: "uint8",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};

export interface NpyHeader {
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  readonly axes: readonly StoredAxis[];
  /** Offset of the values, bytes. */
  readonly start: number;
}

/** The length of the header with its start, bytes; undefined if fewer bytes than its start are given. */
export function npyHeaderBytes(head: Uint8Array): number | undefined {
  if (head.length < 12) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return head[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

/**
 * Parses the header: a Python dictionary.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws DataError
 */
export function parseNpyHeader(head: Uint8Array): NpyHeader {
  const start = npyHeaderBytes(head);
  if (start === undefined || !startsWith(head, NPY_MAGIC) || head.length < start) {
    throw new DataError("the file is cut off in its header, or it is not NPY");
  }
  const text = new TextDecoder("latin1").decode(head.subarray(10, start));
  const [, order = "", code = ""] = /'descr'\s*:\s*'([<>|=]?)(\w+)'/.exec(text) ?? [];
  const type = TYPES[code];
  if (type === undefined) throw new DataError(`its type ${quote(code)} cannot be read; save it as float32`);
  const [, shapeText = ""] = /'shape'\s*:\s*\(([^)]*)\)/.exec(text) ?? [];
  const shape = shapeText
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  const isVolume =
    shape.length >= 2 && shape.length <= 5 && shape.every((size) => Number.isInteger(size) && size > 0);
  if (!isVolume) throw new DataError(`its shape (${shapeText.trim().slice(0, 40)}) is not that of a volume`);
  const axes = axesOf(shape, type);
  const isFortranOrder = /'fortran_order'\s*:\s*True/.test(text);
  return { type, littleEndian: order !== ">", axes: isFortranOrder ? axes : axes.toReversed(), start };
}

/** The axes are i, j, k and time; a last axis of 3 or 4 bytes is a color. */
function axesOf(shape: readonly number[], type: VoxelType): StoredAxis[] {
  const last = shape.at(-1) ?? 0;
  const isColor = type === "uint8" && shape.length >= 3 && (last === 3 || last === 4);
  const grid = isColor ? shape.slice(0, -1) : shape;
  if (grid.length > 4) throw new DataError(`it has ${grid.length} axes, more than 4`);
  const names: AxisRole[] = ["i", "j", "k", "time"];
  const axes = grid.map((size, i): StoredAxis => ({ role: names[i] ?? "time", size }));
  return isColor ? [...axes, { role: "component", size: last }] : axes;
}
