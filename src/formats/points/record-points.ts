import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import { type BinaryRows, type RowNumbers, readRows } from "../../native/parse-rows.ts";
import type { Label, Points } from "../data-kinds.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import { linearPointColors } from "./point-colors.ts";

/** Maximum number of rows that are read at a time. */
const BATCH_ROWS = 65_536;

/** A number of each point in binary records. */
export interface RecordNumber {
  readonly type: RowNumbers["type"];
  /** In a record, bytes. */
  readonly offset: number;
}

export interface RecordArray extends RecordNumber {
  readonly name: string;
  /** Bits of an integer that are used; default: all. */
  readonly mask?: number;
  readonly labels?: readonly Label[];
  readonly isAuxiliary?: boolean;
}

/** Where the values of points are in binary records. */
export interface RecordLayout {
  readonly rowBytes: number;
  readonly xyz: readonly RecordNumber[];
  /** Multiply the coordinates; default: 1. */
  readonly scale?: readonly number[];
  /** Added after that; default: 0. */
  readonly translation?: readonly number[];
  readonly rgb: readonly RecordNumber[] | undefined;
  /** Value of white; default: by the largest value, 255 or 65,535. */
  readonly white?: number;
  readonly arrays: readonly RecordArray[];
}

/** Reads points from binary records, little-endian. Those without finite coordinates are left out. */
export class RecordPoints {
  /** Number of points that were read. */
  count = 0;
  /** Number of points that were left out. */
  missing = 0;
  readonly #layout: RecordLayout;
  readonly #positions: FilePositions;
  readonly #colors: Float32Array | undefined;
  readonly #arrays: readonly (Float32Array | Float64Array)[];
  readonly #batch = new Float64Array(3 * BATCH_ROWS);

  /** @param capacity number of points, limited by the bytes in the file */
  constructor(layout: RecordLayout, capacity: number) {
    this.#layout = layout;
    this.#positions = new FilePositions(3 * capacity, true);
    this.#colors = layout.rgb && new Float32Array(3 * capacity);
    this.#arrays = layout.arrays.map(({ type }) => {
      const needsDoubles = type === "float64" || type.endsWith("int32");
      return needsDoubles ? new Float64Array(capacity) : new Float32Array(capacity);
    });
  }

  /** Reads rows that are one after the other. @param rows at most as many as fit into the capacity */
  append(bytes: Uint8Array, rows: number): void {
    const { rowBytes } = this.#layout;
    this.appendColumns(rows, ({ offset }, row) => ({
      bytes: bytes.subarray(row * rowBytes + offset),
      rowBytes,
    }));
  }

  /** @param locate bytes from the number in this row on, and the distance of the rows */
  appendColumns(
    rows: number,
    locate: (number: RecordNumber, row: number) => Pick<BinaryRows, "bytes" | "rowBytes">,
  ): void {
    for (let row = 0; row < rows; ) {
      // The first points decide about the floating origin: always the same number, for blocks of any size.
      const limit = this.count < BATCH_ROWS ? BATCH_ROWS - this.count : BATCH_ROWS;
      const batch = Math.min(rows - row, limit);
      const first = row;
      this.#appendBatch(batch, (number) => ({
        ...locate(number, first),
        rows: batch,
        bigEndian: false,
      }));
      row += batch;
    }
  }

  finish(warnings: string[]): Points {
    const { arrays, white } = this.#layout;
    const { count, missing } = this;
    if (count === 0) throw new DataError("no point has finite coordinates");
    if (missing > 0)
      warnings.push(`${missing} of ${count + missing} points have no finite coordinates; left out`);
    const positions = this.#positions.finish();
    const rgb = this.#colors?.subarray(0, 3 * count);
    // Scanners without a camera write zeros.
    const hasColors = rgb?.some((value) => value > 0) === true;
    return {
      kind: "points",
      origin: this.#positions.origin,
      warnings,
      vertices: {
        positions,
        colors:
          hasColors && rgb
            ? linearPointColors(rgb, white ?? (maximum(rgb) <= 255 ? 255 : 65_535))
            : undefined,
        arrays: arrays.map(({ name, labels, isAuxiliary }, i) => ({
          name,
          components: 1,
          values: this.#arrays[i]?.subarray(0, count) ?? new Float32Array(),
          labels,
          isAuxiliary,
        })),
      },
    };
  }

  #appendBatch(rows: number, rowsOf: (number: RecordNumber) => BinaryRows): void {
    const { xyz, scale, translation, rgb, arrays } = this.#layout;
    const batch = this.#batch.subarray(0, 3 * rows);
    for (const [axis, number] of xyz.entries()) {
      readRows(rowsOf(number), { type: number.type, offset: 0, to: batch, start: axis, stride: 3 });
      const factor = scale?.[axis] ?? 1;
      const shift = translation?.[axis] ?? 0;
      if (factor === 1 && shift === 0) continue;
      for (let i = axis; i < batch.length; i += 3) batch[i] = (batch[i] ?? 0) * factor + shift;
    }
    const { count } = this;
    for (const [channel, number] of (rgb ?? []).entries()) {
      if (this.#colors === undefined) break;
      const target = { to: this.#colors, start: 3 * count + channel, stride: 3 };
      readRows(rowsOf(number), { type: number.type, offset: 0, ...target });
    }
    for (const [i, number] of arrays.entries()) {
      const to = this.#arrays[i];
      if (to === undefined) break;
      readRows(rowsOf(number), { type: number.type, offset: 0, to, start: count, stride: 1 });
      const { mask } = number;
      if (mask !== undefined) for (let k = count; k < count + rows; k += 1) to[k] = (to[k] ?? 0) & mask;
    }
    this.#keepFinite(batch, rows);
  }

  /** Appends the positions that are finite, and moves the other values of these points together. */
  #keepFinite(batch: Float64Array, rows: number): void {
    const positions = this.#positions;
    positions.reserve(3 * rows, 0);
    const { array } = positions;
    const [ox, oy, oz] = positions.origin;
    const start = this.count;
    let kept = start;
    for (let row = 0; row < rows; row += 1) {
      const [x = 0, y = 0, z = 0] = [batch[3 * row], batch[3 * row + 1], batch[3 * row + 2]];
      const isKept = Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) <= MAX_COORDINATE;
      if (!isKept) continue;
      array[3 * kept] = x - ox;
      array[3 * kept + 1] = y - oy;
      array[3 * kept + 2] = z - oz;
      if (kept < start + row) this.#move(start + row, kept);
      kept += 1;
    }
    positions.length = 3 * kept;
    positions.settle();
    this.count = kept;
    this.missing += rows - (kept - start);
  }

  #move(from: number, to: number): void {
    this.#colors?.copyWithin(3 * to, 3 * from, 3 * from + 3);
    for (const array of this.#arrays) array[to] = array[from] ?? 0;
  }
}

/**
 * Reads records up to the declared number or the end of the file.
 *
 * @returns the points, with a warning if the file is cut off
 */
export async function readRecords(
  source: FileSource,
  layout: RecordLayout,
  declared: number,
): Promise<Points> {
  const { rowBytes } = layout;
  const capacity = Math.min(declared, Math.floor((source.maxBytes - source.offset) / rowBytes));
  if (capacity <= 0)
    throw new DataError(`the file ends before the first of ${declared} points: it is cut off`);
  const points = new RecordPoints(layout, capacity);
  let rest = capacity;
  for (;;) {
    const { window, isAtEnd } = source;
    const rows = Math.min(rest, Math.floor(window.length / rowBytes));
    points.append(window, rows);
    source.consume(rows * rowBytes);
    rest -= rows;
    if (isAtEnd || rest === 0) break;
    await source.fill();
  }
  const read = capacity - rest;
  if (read === 0) throw new DataError(`the file ends before the first of ${declared} points: it is cut off`);
  const warnings =
    read < declared ? [`the file ends after ${read} of ${declared} points: it is cut off or damaged`] : [];
  return points.finish(warnings);
}

function maximum(values: Float32Array): number {
  let max = 0;
  for (let i = 0; i < values.length; i += 1) max = Math.max(max, values[i] ?? 0);
  return max;
}
