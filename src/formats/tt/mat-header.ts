/** Header of a matrix in a MATLAB file of level 4, little-endian. */
export interface MatHeader {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly type: MatType;
  /** Size of the header with the name, bytes. */
  readonly headerBytes: number;
  /** Size of the values, bytes. */
  readonly bytes: number;
}

/** Types of values, by the second digit of the type number. */
const MAT_TYPES = [
  { bytes: 8, read: (view: DataView, offset: number) => view.getFloat64(offset, true) },
  { bytes: 4, read: (view: DataView, offset: number) => view.getFloat32(offset, true) },
  { bytes: 4, read: (view: DataView, offset: number) => view.getInt32(offset, true) },
  { bytes: 2, read: (view: DataView, offset: number) => view.getInt16(offset, true) },
  { bytes: 2, read: (view: DataView, offset: number) => view.getUint16(offset, true) },
  { bytes: 1, read: (view: DataView, offset: number) => view.getUint8(offset) },
] as const;

type MatType = (typeof MAT_TYPES)[number];

/** Size of the header without the name. */
export const MAT_HEADER_BYTES = 20;
/** Maximum length of a name, with the zero byte at its end. */
export const MAX_MAT_NAME = 64;

/** Parses the header of a matrix. @returns undefined if it is damaged, or not complete */
export function parseMatHeader(bytes: Uint8Array): MatHeader | undefined {
  if (bytes.length < MAT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [number = 0, rows = 0, columns = 0, imaginary = 0, nameBytes = 0] = [0, 4, 8, 12, 16].map((offset) =>
    view.getInt32(offset, true),
  );
  const type = number >= 0 && number <= 50 && number % 10 === 0 ? MAT_TYPES[number / 10] : undefined;
  if (type === undefined || rows < 0 || columns < 0 || imaginary !== 0) return undefined;
  if (nameBytes < 2 || nameBytes > MAX_MAT_NAME || bytes.length < MAT_HEADER_BYTES + nameBytes)
    return undefined;
  const end = MAT_HEADER_BYTES + nameBytes;
  const name = new TextDecoder("latin1").decode(bytes.subarray(MAT_HEADER_BYTES, end - 1));
  if (bytes[end - 1] !== 0 || !/^\w+$/.test(name)) return undefined;
  return { name, rows, columns, type, headerBytes: end, bytes: rows * columns * type.bytes };
}
