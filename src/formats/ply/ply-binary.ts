import { readRows, readTriangles } from "../../native/parse-rows.ts";
import type { FileSource } from "../file-source.ts";
import { addRows, PlyLists, type PlyTable, rowLimit, type ScalarTarget } from "./ply-columns.ts";
import { PLY_TYPE_BYTES, type PlyHeader, type PlyType } from "./ply-header.ts";

type Read = (view: DataView, offset: number, little: boolean) => number;

export const READ_PLY_VALUE: Readonly<Record<PlyType, Read>> = {
  int8: (view, offset) => view.getInt8(offset),
  uint8: (view, offset) => view.getUint8(offset),
  int16: (view, offset, little) => view.getInt16(offset, little),
  uint16: (view, offset, little) => view.getUint16(offset, little),
  int32: (view, offset, little) => view.getInt32(offset, little),
  uint32: (view, offset, little) => view.getUint32(offset, little),
  float32: (view, offset, little) => view.getFloat32(offset, little),
  float64: (view, offset, little) => view.getFloat64(offset, little),
};

/**
 * Reads the rows of a binary PLY file into the tables, up to the end of the file or to a list whose declared length
 * exceeds it.
 *
 * @param tables one per element of the header, in the same order
 */
export async function readBinaryRows(
  source: FileSource,
  header: PlyHeader,
  tables: readonly PlyTable[],
): Promise<void> {
  const bigEndian = header.encoding === "binary_big_endian";
  for (const table of tables) {
    const { properties, count } = table.element;
    if (properties.every(({ countType }) => countType === undefined)) {
      await readFixedRows(source, bigEndian, table);
    } else {
      await readTriangleRows(source, bigEndian, table);
      await readListRows(source, bigEndian, table);
    }
    if (table.rows < count) break;
  }
}

/** A run of consecutive scalar properties of the same type with consecutive destinations, copied together. */
interface ScalarRun {
  readonly type: PlyType;
  /** Offset of the first property in a row, bytes. */
  readonly offset: number;
  readonly target: ScalarTarget;
  count: number;
}

/** @param listBytes size of each list; default: the rows have no lists */
function scalarRuns({ element, targets }: PlyTable, listBytes = 0): { runs: ScalarRun[]; rowBytes: number } {
  const runs: ScalarRun[] = [];
  let rowBytes = 0;
  for (const [i, { type, countType }] of element.properties.entries()) {
    const target = targets[i];
    if (target !== undefined && !(target instanceof PlyLists)) {
      const last = runs.at(-1);
      const continues =
        last?.type === type &&
        last.target.array === target.array &&
        last.offset + last.count * PLY_TYPE_BYTES[type] === rowBytes &&
        last.target.offset + last.count === target.offset &&
        last.target.origin === target.origin;
      if (continues) last.count += 1;
      else runs.push({ type, offset: rowBytes, target, count: 1 });
    }
    rowBytes += countType === undefined ? PLY_TYPE_BYTES[type] : listBytes;
  }
  return { runs, rowBytes };
}

/** Reads rows without lists. */
async function readFixedRows(source: FileSource, bigEndian: boolean, table: PlyTable): Promise<void> {
  const { rowBytes, runs } = scalarRuns(table);
  if (rowBytes === 0) {
    table.rows = table.element.count;
    return;
  }
  if (runs.length === 0) {
    table.rows = Math.floor((await source.skip(table.capacity * rowBytes)) / rowBytes);
    return;
  }
  if (await readFloats(source, bigEndian, table)) return;
  while (table.rows < table.capacity) {
    await source.fillTo(rowBytes);
    const rows = Math.min(Math.floor(source.window.length / rowBytes), rowLimit(table) - table.rows);
    if (rows === 0) return;
    copyScalars(source.window, rows, bigEndian, table, 0);
    source.consume(rows * rowBytes);
    addRows(table, rows);
  }
}

/** Reads rows with the layout of their destination, points without other properties, without parsing. @returns false for other rows */
async function readFloats(source: FileSource, bigEndian: boolean, table: PlyTable): Promise<boolean> {
  const { rowBytes, runs } = scalarRuns(table);
  const [{ type, count, target }] = runs as [ScalarRun];
  const { array, stride } = target;
  const isSame =
    type === "float32" && array instanceof Float32Array && 4 * count === rowBytes && count === stride;
  if (!isSame || bigEndian || target.origin !== 0) return false;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, table.capacity * rowBytes);
  addRows(table, Math.floor((await source.readInto(bytes)) / rowBytes));
  return true;
}

function copyScalars(
  bytes: Uint8Array,
  rows: number,
  bigEndian: boolean,
  table: PlyTable,
  listBytes: number,
): void {
  const { rowBytes, runs } = scalarRuns(table, listBytes);
  for (const { type, offset, target, count } of runs) {
    const { array, stride, origin } = target;
    const start = table.rows * stride + target.offset;
    readRows({ bytes, rows, rowBytes, bigEndian }, { type, offset, count, origin, to: array, start, stride });
  }
}

/** Reads rows with one list, of vertex indices, up to the first that is not a triangle. Most meshes have only triangles. */
async function readTriangleRows(source: FileSource, bigEndian: boolean, table: PlyTable): Promise<void> {
  const { properties } = table.element;
  const index = properties.findIndex(({ countType }) => countType !== undefined);
  const { type = "int8", countType = "float32" } = properties[index] ?? {};
  const lists = table.targets[index];
  const others = properties.filter((_, i) => i !== index);
  const isIndex = type === "int32" || type === "uint32";
  if (!(lists instanceof PlyLists && isIndex) || countType.startsWith("float")) return;
  if (others.some((other) => other.countType !== undefined)) return;
  const countBytes = PLY_TYPE_BYTES[countType];
  const listBytes = countBytes + 3 * PLY_TYPE_BYTES[type];
  const { rowBytes } = scalarRuns(table, listBytes);
  const offset = properties.slice(0, index).reduce((sum, property) => sum + PLY_TYPE_BYTES[property.type], 0);
  while (table.rows < table.capacity) {
    await source.fillTo(rowBytes);
    const { window } = source;
    const rows = Math.min(Math.floor(window.length / rowBytes), table.capacity - table.rows);
    const binary = { bytes: window, rows, rowBytes, bigEndian };
    const triangles = lists.appendTriangles(rows, type === "uint32", (to, max) =>
      readTriangles(binary, { offset, countBytes }, to, max),
    );
    copyScalars(window, triangles, bigEndian, table, listBytes);
    source.consume(triangles * rowBytes);
    addRows(table, triangles);
    if (triangles < rows || rows === 0) return;
  }
}

/** Reads rows with lists, up to the end of the file or to a list that would exceed it. */
async function readListRows(source: FileSource, bigEndian: boolean, table: PlyTable): Promise<void> {
  while (table.rows < table.capacity) {
    const { consumed, needed } = readWholeRows(source.window, !bigEndian, table);
    source.consume(consumed);
    if (table.rows === table.capacity || source.offset + needed > source.maxBytes) return;
    await source.fillTo(needed);
    if (source.window.length < needed) return;
  }
}

/** @returns the number of bytes of the complete rows, and the minimum number of bytes of the next row */
function readWholeRows(
  bytes: Uint8Array,
  little: boolean,
  table: PlyTable,
): { consumed: number; needed: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readers = rowReaders(table);
  let consumed = 0;
  while (table.rows < table.capacity) {
    const { rows } = table;
    let to = consumed;
    for (const { read, itemBytes, readCount, countBytes, target } of readers) {
      let length = 1;
      if (readCount !== undefined && to + countBytes <= view.byteLength) {
        length = Math.floor(readCount(view, to, little));
      }
      const start = to + countBytes;
      to = length >= 0 ? start + length * itemBytes : Number.POSITIVE_INFINITY;
      if (to > view.byteLength) {
        for (const other of table.targets) if (other instanceof PlyLists) other.dropRow(rows);
        return { consumed, needed: to - consumed };
      }
      if (target instanceof PlyLists) {
        for (let i = 0; i < length; i += 1) target.push(read(view, start + i * itemBytes, little));
        target.endRow(rows);
      } else if (target !== undefined) {
        target.array[rows * target.stride + target.offset] = read(view, start, little) - target.origin;
      }
    }
    consumed = to;
    addRows(table, 1);
  }
  return { consumed, needed: 0 };
}

function rowReaders({ element, targets }: PlyTable): {
  read: Read;
  itemBytes: number;
  readCount: Read | undefined;
  countBytes: number;
  target: PlyTable["targets"][number];
}[] {
  return element.properties.map(({ type, countType }, i) => ({
    read: READ_PLY_VALUE[type],
    itemBytes: PLY_TYPE_BYTES[type],
    readCount: countType && READ_PLY_VALUE[countType],
    countBytes: countType === undefined ? 0 : PLY_TYPE_BYTES[countType],
    target: targets[i],
  }));
}
