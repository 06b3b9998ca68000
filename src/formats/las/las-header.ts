import { LoadError } from "../load-error.ts";
import type { RecordArray, RecordLayout, RecordNumber } from "../points/record-points.ts";
import { CLASSIFICATION } from "./las-classification.ts";

/** Size of the header of versions 1.0 to 1.2, bytes. */
const MIN_HEADER = 227;
/** Size of the header of version 1.4. */
const HEADER_14 = 375;
/** Bit of the point format in LAZ files. */
const COMPRESSED = 0x80;

/** Minimum size of a record by point format, bytes. */
const RECORD_BYTES = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67];
/** Offset of the colors (red, green, blue; 16 bits each) by point format. */
const RGB_OFFSET: Readonly<Record<number, number>> = { 2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30 };
/** Offset of the GPS time by point format. */
const TIME_OFFSET: Readonly<Record<number, number>> = { 1: 20, 3: 20, 4: 20, 5: 20 };

export interface LasHeader {
  readonly points: number;
  /** Offset of the first record in the file, bytes. */
  readonly start: number;
  readonly layout: RecordLayout;
}

/**
 * Parses the header of a LAS file (ASPRS LAS 1.0 to 1.4).
 *
 * @throws LoadError
 */
export function parseLasHeader(path: string, head: Uint8Array): LasHeader {
  const fail = (reason: string): LoadError => new LoadError(path, reason, { format: "LAS" });
  if (head.length < MIN_HEADER) throw fail("the file ends in its header: it is cut off; copy the file again");
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [major, minor] = [view.getUint8(24), view.getUint8(25)];
  if (major !== 1 || minor > 4) throw fail(`version ${major}.${minor} is not supported: only 1.0 to 1.4`);
  const id = view.getUint8(104);
  const format = id & 0x3f;
  const minBytes = RECORD_BYTES[format];
  if (minBytes === undefined) throw fail(`point format ${format} is not supported: only 0 to 10`);
  const rowBytes = view.getUint16(105, true);
  if (rowBytes < minBytes)
    throw fail(
      `its records have ${rowBytes} bytes, but point format ${format} needs ${minBytes}: the file is damaged`,
    );
  const start = view.getUint32(96, true);
  if (start < MIN_HEADER) throw fail("its points start inside the header: the file is damaged");
  const isNew = minor === 4 && head.length >= HEADER_14 && view.getUint16(94, true) >= HEADER_14;
  const points = (isNew ? Number(view.getBigUint64(247, true)) : 0) || view.getUint32(107, true);
  if (points === 0) throw fail("the header declares 0 points: there is nothing to draw");
  const doubles = (offset: number): number[] => [0, 8, 16].map((at) => view.getFloat64(offset + at, true));
  const [scale, translation] = [doubles(131), doubles(155)];
  if (scale.some((value) => !Number.isFinite(value) || value === 0) || !translation.every(Number.isFinite))
    throw fail("the scale or offset of its coordinates is not a number: the file is damaged");
  if ((id & COMPRESSED) !== 0)
    throw fail("its points are compressed (LAZ), which is not supported; save it as LAS with laszip or PDAL");
  const rgbAt = RGB_OFFSET[format];
  return {
    points,
    start,
    layout: {
      rowBytes,
      xyz: [0, 4, 8].map((offset): RecordNumber => ({ type: "int32", offset })),
      scale,
      translation,
      rgb: rgbAt === undefined ? undefined : [0, 2, 4].map((at) => ({ type: "uint16", offset: rgbAt + at })),
      arrays: arraysOf(format),
    },
  };
}

function arraysOf(format: number): RecordArray[] {
  const isNew = format >= 6;
  const timeAt = isNew ? 22 : TIME_OFFSET[format];
  return [
    { name: "intensity", type: "uint16", offset: 12 },
    // The other bits of the old formats are flags.
    isNew
      ? { name: "classification", type: "uint8", offset: 16, labels: CLASSIFICATION }
      : { name: "classification", type: "uint8", offset: 15, mask: 0x1f, labels: CLASSIFICATION },
    { name: "return_number", type: "uint8", offset: 14, mask: isNew ? 0x0f : 0x07, isAuxiliary: true },
    ...(timeAt === undefined
      ? []
      : [{ name: "gps_time", type: "float64", offset: timeAt, isAuxiliary: true } as const]),
  ];
}
