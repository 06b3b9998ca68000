import { LoadError, printable } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";
import type { ColumnGroup } from "../streamlines/value-columns.ts";

export const TRK_HEADER_BYTES = 1000;

/** Offset of the number of streamlines, an int32. */
export const TRK_COUNT_OFFSET = 988;

/** Byte offsets in the header (http://trackvis.org/docs/?subsect=fileformat). */
const FIELD = {
  dims: 6,
  voxelSize: 12,
  scalarCount: 36,
  scalarNames: 38,
  propertyCount: 238,
  propertyNames: 240,
  voxelToRas: 440,
  voxelOrder: 948,
  streamlineCount: TRK_COUNT_OFFSET,
  version: 992,
  headerSize: 996,
} as const;

const NAMES = 10;
const NAME_BYTES = 20;

export interface TrkHeader {
  readonly bigEndian: boolean;
  readonly version: number;
  readonly dims: readonly number[];
  /** mm. */
  readonly voxelSize: readonly number[];
  /** Row-major 4x4 matrix from voxel centres to mm, RAS+; undefined if it is not recorded. */
  readonly voxelToRas: readonly number[] | undefined;
  /** In upper case; "" if it is not recorded. */
  readonly voxelOrder: string;
  /** Number of values per point. */
  readonly scalarCount: number;
  readonly scalars: readonly ColumnGroup[];
  /** Number of values per streamline. */
  readonly propertyCount: number;
  readonly properties: readonly ColumnGroup[];
  /** 0: not recorded. */
  readonly streamlineCount: number;
}

export function isTrk(head: Uint8Array): boolean {
  return startsWith(head, "TRACK\0") || (startsWith(head, "TRACK") && isBigEndian(head) !== undefined);
}

/** The byte order, from the size of the header in its last field; undefined if that is wrong. */
function isBigEndian(head: Uint8Array): boolean | undefined {
  if (head.length < TRK_HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, TRK_HEADER_BYTES);
  if (view.getInt32(FIELD.headerSize, true) === TRK_HEADER_BYTES) return false;
  return view.getInt32(FIELD.headerSize, false) === TRK_HEADER_BYTES ? true : undefined;
}

/** Number of bytes of a point and its scalars. */
export function trkPointBytes({ scalarCount }: TrkHeader): number {
  return 4 * (3 + scalarCount);
}

/** @throws LoadError */
export function parseTrkHeader(path: string, head: Uint8Array): TrkHeader {
  const fail = (reason: string): never => {
    throw new LoadError(path, reason, { format: "TRK" });
  };
  if (head.length < TRK_HEADER_BYTES) {
    return fail(
      `the file is cut off in its header: it has ${head.length} bytes, the header alone has ${TRK_HEADER_BYTES}`,
    );
  }
  const bigEndian = isBigEndian(head);
  const view = new DataView(head.buffer, head.byteOffset, TRK_HEADER_BYTES);
  if (bigEndian === undefined) {
    const size = view.getInt32(FIELD.headerSize, true);
    return fail(`the header is damaged: its size field is ${size}, not ${TRK_HEADER_BYTES}`);
  }
  const little = !bigEndian;
  const floats = (offset: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => view.getFloat32(offset + 4 * i, little));
  const version = view.getInt32(FIELD.version, little);
  const matrix = floats(FIELD.voxelToRas, 16);
  const scalarCount = view.getInt16(FIELD.scalarCount, little);
  const propertyCount = view.getInt16(FIELD.propertyCount, little);
  const streamlineCount = view.getInt32(FIELD.streamlineCount, little);
  if (scalarCount < 0) fail(`the header is damaged: it declares ${scalarCount} scalars per point`);
  if (propertyCount < 0)
    fail(`the header is damaged: it declares ${propertyCount} properties per streamline`);
  return {
    bigEndian,
    version,
    dims: [0, 2, 4].map((offset) => view.getInt16(FIELD.dims + offset, little)),
    voxelSize: floats(FIELD.voxelSize, 3),
    // Version 1 has no matrix, and its bytes there are not defined. Other programs leave the matrix at 0.
    voxelToRas: version === 1 || matrix[15] === 0 ? undefined : matrix,
    voxelOrder: textAt(head, FIELD.voxelOrder, 4).toUpperCase(),
    scalarCount,
    scalars: columns(head, FIELD.scalarNames, scalarCount, "scalars"),
    propertyCount,
    properties: columns(head, FIELD.propertyNames, propertyCount, "properties"),
    streamlineCount: Math.max(0, streamlineCount),
  };
}

/**
 * The names of values. nibabel appends the number of components of a vector to its name, after a zero byte. Values beyond those with
 * names are an array of their own.
 */
function columns(head: Uint8Array, offset: number, count: number, unnamed: string): ColumnGroup[] {
  const found: ColumnGroup[] = [];
  let rest = count;
  for (let i = 0; i < NAMES && rest > 0; i += 1) {
    const field = head.subarray(offset + NAME_BYTES * i, offset + NAME_BYTES * (i + 1));
    if (field.every((byte) => byte === 0)) continue;
    const [name = "", size = ""] = new TextDecoder("latin1").decode(field).split("\0");
    const components = Math.min(rest, /^[1-9]\d*$/.test(size) ? Number(size) : 1);
    found.push({ name: printable(name).trim() || unnamed, components });
    rest -= components;
  }
  if (rest > 0) found.push({ name: unnamed, components: rest });
  return found;
}

function textAt(head: Uint8Array, offset: number, length: number): string {
  const text = new TextDecoder("latin1").decode(head.subarray(offset, offset + length));
  return text.split("\0", 1)[0] ?? "";
}
