import type { NumericArray } from "../data-kinds.ts";
import { swapBytes } from "./byte-order.ts";
import type { VoxelSource } from "./voxel-source.ts";
import { VOXEL_BYTES, type VoxelType } from "./voxel-type.ts";

const BLOCK_VALUES = 2 ** 16;

/** Types that no typed array of `NumericArray` has. */
type ConvertedType = Extract<VoxelType, "int64" | "uint64" | "complex64" | "complex128">;

export function isConverted(type: VoxelType): type is ConvertedType {
  return type === "int64" || type === "uint64" || type === "complex64" || type === "complex128";
}

/**
 * Reads values and converts them in blocks: 64-bit integers to doubles, or to Int32 if all fit; complex numbers to their magnitude.
 *
 * @returns the values, fewer than `count` only at the end of the source
 */
export async function readConverted(
  source: VoxelSource,
  type: ConvertedType,
  littleEndian: boolean,
  count: number,
): Promise<NumericArray> {
  const isComplex = type === "complex64" || type === "complex128";
  const size = VOXEL_BYTES[type];
  const values = type === "complex64" ? new Float32Array(count) : new Float64Array(count);
  const block = new Uint8Array(BLOCK_VALUES * size);
  let length = 0;
  while (length < count) {
    const wanted = Math.min(BLOCK_VALUES, count - length);
    const bytes = await source.readInto(block.subarray(0, wanted * size));
    const read = Math.floor(bytes / size);
    if (!littleEndian) swapBytes(block.subarray(0, read * size), isComplex ? size / 2 : size);
    CONVERT[type](block.buffer, read, values, length);
    length += read;
    if (read < wanted) break;
  }
  const complete = values.subarray(0, length);
  return isComplex ? complete : asInt32(complete);
}

type Convert = (
  block: ArrayBuffer,
  count: number,
  values: Float32Array | Float64Array,
  start: number,
) => void;

const magnitudes =
  (array: typeof Float32Array | typeof Float64Array): Convert =>
  (block, count, values, start) => {
    const parts = new array(block);
    for (let i = 0; i < count; i += 1) {
      values[start + i] = Math.hypot(parts[2 * i] ?? 0, parts[2 * i + 1] ?? 0);
    }
  };

const integers =
  (highWords: typeof Int32Array | typeof Uint32Array): Convert =>
  (block, count, values, start) => {
    const low = new Uint32Array(block);
    const high = new highWords(block);
    for (let i = 0; i < count; i += 1) {
      values[start + i] = (high[2 * i + 1] ?? 0) * 2 ** 32 + (low[2 * i] ?? 0);
    }
  };

const CONVERT: Readonly<Record<ConvertedType, Convert>> = {
  complex64: magnitudes(Float32Array),
  complex128: magnitudes(Float64Array),
  int64: integers(Int32Array),
  uint64: integers(Uint32Array),
};

function asInt32(values: Float32Array | Float64Array): NumericArray {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (value !== (value | 0)) return values;
  }
  return new Int32Array(values);
}
