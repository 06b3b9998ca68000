import { lastNativeError, native } from "./symbols.ts";

/** Types of numbers in a file, in the order of sc_number_e in native/number.h. */
const NUMBER_TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"] as const;

type NumberType = (typeof NUMBER_TYPES)[number];

/** Rows of fixed size in a block of a binary file. */
export interface BinaryRows {
  /** Starts with the first row. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly rowBytes: number;
  readonly bigEndian: boolean;
}

export interface RowNumbers {
  readonly type: NumberType;
  /** Offset of the first number in a row, bytes. */
  readonly offset: number;
  /** Consecutive numbers; default: 1. */
  readonly count?: number;
  /** Subtracted from each number, as doubles; default: 0. */
  readonly origin?: number;
  readonly to: Float32Array | Float64Array;
  /** Index in `to` of the first row's first number. */
  readonly start: number;
  /** Elements of `to` from one row to the next. */
  readonly stride: number;
}

/** Copies numbers of each row to an array. */
export function readRows({ bytes, rows, rowBytes, bigEndian }: BinaryRows, numbers: RowNumbers): void {
  if (rows === 0) return;
  const { type, offset, count = 1, origin = 0, to, start, stride } = numbers;
  const from = bytes.subarray(offset);
  const target = to.subarray(start);
  const code = native().sc_rows_read(
    from,
    from.length,
    rows,
    rowBytes,
    NUMBER_TYPES.indexOf(type),
    Number(bigEndian),
    count,
    origin,
    Number(to instanceof Float64Array),
    target,
    target.length,
    stride,
  );
  if (code < 0) throw lastNativeError();
}

/**
 * Copies the vertex indices of rows that contain one list of three 32-bit integers, up to the first row whose list has another length.
 *
 * @param offset bytes in a row before the list
 * @param countBytes size of the list's length
 * @param max its first element is raised to the largest index
 * @returns the number of rows copied
 */
export function readTriangles(
  { bytes, rows, rowBytes, bigEndian }: BinaryRows,
  { offset, countBytes }: { readonly offset: number; readonly countBytes: number },
  to: Uint32Array,
  max: Uint32Array,
): number {
  if (rows === 0) return 0;
  const from = bytes.subarray(offset);
  const copied = native().sc_rows_read_triangles(
    from,
    from.length,
    rows,
    rowBytes,
    countBytes,
    Number(bigEndian),
    to,
    to.length,
    max,
  );
  if (copied < 0) throw lastNativeError();
  return copied;
}
