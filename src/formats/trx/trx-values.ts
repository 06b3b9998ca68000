import type { NumericArray } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";

/** Reads the next bytes of a file into an array. */
export type ReadNext = (target: Uint8Array) => Promise<void>;

/** Number of values that are converted at a time. */
const BLOCK_VALUES = 2 ** 17;

interface ValueType {
  readonly bytes: number;
  /** The array for the values, which are read into it directly if it has as many bytes per value as the file. */
  readonly array: (length: number) => NumericArray;
  /** Converts a block, whose values have another type than the array. */
  readonly convert?: (block: Uint8Array<ArrayBuffer>) => ArrayLike<number>;
}

/** Types by the extension of a file's name. Integers of 64 bits become doubles, which are exact below 2^53. */
const TYPES: Readonly<Record<string, ValueType>> = {
  bit: { bytes: 1, array: (length) => new Uint8Array(length) },
  bool: { bytes: 1, array: (length) => new Uint8Array(length) },
  int8: { bytes: 1, array: (length) => new Int8Array(length) },
  uint8: { bytes: 1, array: (length) => new Uint8Array(length) },
  int16: { bytes: 2, array: (length) => new Int16Array(length) },
  uint16: { bytes: 2, array: (length) => new Uint16Array(length) },
  int32: { bytes: 4, array: (length) => new Int32Array(length) },
  uint32: { bytes: 4, array: (length) => new Uint32Array(length) },
  float32: { bytes: 4, array: (length) => new Float32Array(length) },
  float64: { bytes: 8, array: (length) => new Float64Array(length) },
  float16: {
    bytes: 2,
    array: (length) => new Float32Array(length),
    convert: ({ buffer }) => new Float16Array(buffer),
  },
  int64: {
    bytes: 8,
    array: (length) => new Float64Array(length),
    convert: ({ buffer }) => Float64Array.from(new BigInt64Array(buffer), Number),
  },
  uint64: {
    bytes: 8,
    array: (length) => new Float64Array(length),
    convert: ({ buffer }) => Float64Array.from(new BigUint64Array(buffer), Number),
  },
};

/** The parts of a file name in TRX: "colors.3.uint8" has three components. */
export interface TrxName {
  readonly name: string;
  readonly components: number;
  readonly type: string;
}

/** @returns undefined if the name has another form */
export function parseTrxName(file: string): TrxName | undefined {
  const [, name, components = "1", type = ""] = /^(.+?)(?:\.([1-9]\d{0,4}))?\.([a-z]+\d*)$/.exec(file) ?? [];
  return name !== undefined && type in TYPES ? { name, components: Number(components), type } : undefined;
}

export function trxValueBytes(type: string): number {
  return TYPES[type]?.bytes ?? 1;
}

/** Reads values, little-endian. */
export async function readTrxValues(read: ReadNext, type: string, count: number): Promise<NumericArray> {
  const { bytes, array, convert } = TYPES[type] ?? {};
  if (bytes === undefined || array === undefined) throw new DataError(`the type ${type} is not supported`);
  const values = array(count);
  if (convert === undefined) {
    await read(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return values;
  }
  for (let start = 0; start < count; start += BLOCK_VALUES) {
    const block = new Uint8Array(bytes * Math.min(BLOCK_VALUES, count - start));
    await read(block);
    values.set(convert(block), start);
  }
  return values;
}
