import type { NumericArray } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";

/** A type of numbers in VTK files, and the array that holds them. 64-bit integers become doubles, exact up to 2^53. */
export interface NumberType {
  readonly bytes: 1 | 2 | 4 | 8;
  /** "int64" and "uint64" have no typed array of numbers. */
  readonly wide?: "int64" | "uint64";
  allocate(length: number): NumericArray;
  view(buffer: ArrayBufferLike, offset: number, length: number): NumericArray;
}

type NumericArrayConstructor = (new (
  length: number,
) => NumericArray) &
  (new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => NumericArray);

function numberType(Values: NumericArrayConstructor, bytes: 1 | 2 | 4 | 8): NumberType {
  return {
    bytes,
    allocate: (length) => new Values(length),
    view: (buffer, offset, length) => new Values(buffer, offset, length),
  };
}

export const INT8 = numberType(Int8Array, 1);
export const UINT8 = numberType(Uint8Array, 1);
export const INT16 = numberType(Int16Array, 2);
export const UINT16 = numberType(Uint16Array, 2);
export const INT32 = numberType(Int32Array, 4);
export const UINT32 = numberType(Uint32Array, 4);
export const FLOAT32 = numberType(Float32Array, 4);
export const FLOAT64 = numberType(Float64Array, 8);
export const INT64: NumberType = { ...FLOAT64, wide: "int64" };
export const UINT64: NumberType = { ...FLOAT64, wide: "uint64" };

/** Reads bytes in sequence, such as a file or decompressed data. */
export interface ByteStream {
  /** @returns the number of bytes, less than the length of the array only at the end */
  readInto(target: Uint8Array): Promise<number>;
}

const BLOCK_VALUES = 65_536;

/**
 * Reads binary numbers.
 *
 * @throws DataError if the data ends before
 */
export async function readNumbers(
  stream: ByteStream,
  type: NumberType,
  count: number,
  bigEndian: boolean,
): Promise<NumericArray> {
  const bytes = new Uint8Array(count * type.bytes);
  await readExactly(stream, bytes);
  return decodeInPlace(bytes, type, bigEndian);
}

/**
 * Reads indices, in blocks, so that those of 64 bits are not in memory as a whole. Values that are not indices become 2^32 - 1.
 *
 * @throws DataError if the data ends before
 */
export async function readIndices(
  stream: ByteStream,
  type: NumberType,
  indices: Uint32Array,
  bigEndian: boolean,
): Promise<void> {
  const count = indices.length;
  if (type.bytes === 4 && type !== FLOAT32) {
    const bytes = new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength);
    await readExactly(stream, bytes);
    if (bigEndian) swapBytes(bytes, 4);
    return;
  }
  const block = new Uint8Array(Math.min(count, BLOCK_VALUES) * type.bytes);
  for (let start = 0; start < count; start += BLOCK_VALUES) {
    const length = Math.min(BLOCK_VALUES, count - start);
    const bytes = block.subarray(0, length * type.bytes);
    await readExactly(stream, bytes);
    if (bigEndian) swapBytes(bytes, type.bytes);
    const target = indices.subarray(start, start + length);
    if (type.wide === undefined) toIndices(type.view(bytes.buffer, 0, length), target);
    else narrowIndices(new Uint32Array(bytes.buffer, 0, 2 * length), target);
  }
}

/** Converts numbers to indices; those that are not become 2^32 - 1. */
export function toIndices(
  values: ArrayLike<number>,
  to: Uint32Array = new Uint32Array(values.length),
): Uint32Array {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    to[i] = value >= 0 && value < 0xffffffff ? value : 0xffffffff;
  }
  return to;
}

/** Converts little-endian 64-bit integers, given as pairs of low and high words. */
function narrowIndices(words: Uint32Array, to: Uint32Array): void {
  for (let i = 0; i < to.length; i += 1) to[i] = words[2 * i + 1] === 0 ? (words[2 * i] ?? 0) : 0xffffffff;
}

async function readExactly(stream: ByteStream, bytes: Uint8Array): Promise<void> {
  if ((await stream.readInto(bytes)) < bytes.length) {
    throw new DataError("the file ends inside an array: it is cut off; copy the file again");
  }
}

/** @param bytes starts at an address that is a multiple of the type's size */
function decodeInPlace(bytes: Uint8Array, type: NumberType, bigEndian: boolean): NumericArray {
  if (bigEndian) swapBytes(bytes, type.bytes);
  const values = type.view(bytes.buffer, bytes.byteOffset, bytes.length / type.bytes);
  if (type.wide === undefined) return values;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const high = type.wide === "int64" ? new Int32Array(words.buffer, words.byteOffset, words.length) : words;
  for (let i = 0; i < values.length; i += 1)
    values[i] = (high[2 * i + 1] ?? 0) * 2 ** 32 + (words[2 * i] ?? 0);
  return values;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}
