import { PlyLists, type PlyTable } from "./ply-columns.ts";
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
 * @returns the byte offset after the last row
 */
export function readBinaryRows(bytes: Uint8Array, header: PlyHeader, tables: readonly PlyTable[]): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = header.encoding === "binary_little_endian";
  let offset = header.bytes;
  for (const table of tables) {
    const fixed = table.element.properties.every(({ countType }) => countType === undefined);
    offset = fixed ? readFixedRows(view, little, offset, table) : readRows(view, little, offset, table);
    if (table.rows < table.element.count) break;
  }
  return offset;
}

/** Reads rows of fixed size (no lists) property by property: each has the same offset in every row. */
function readFixedRows(view: DataView, little: boolean, start: number, table: PlyTable): number {
  const { properties, count } = table.element;
  const rowBytes = properties.reduce((sum, { type }) => sum + PLY_TYPE_BYTES[type], 0);
  if (rowBytes === 0) {
    table.rows = count;
    return start;
  }
  table.rows = Math.min(table.capacity, Math.floor((view.byteLength - start) / rowBytes));
  let offset = start;
  for (const [i, { type }] of properties.entries()) {
    const target = table.targets[i];
    if (target !== undefined && !(target instanceof PlyLists)) {
      const read = READ_PLY_VALUE[type];
      const { array, stride } = target;
      for (let row = 0, to = target.offset, index = offset; row < table.rows; row += 1) {
        array[to] = read(view, index, little);
        to += stride;
        index += rowBytes;
      }
    }
    offset += PLY_TYPE_BYTES[type];
  }
  return start + table.rows * rowBytes;
}

function readRows(view: DataView, little: boolean, start: number, table: PlyTable): number {
  const readers = rowReaders(table);
  const end = view.byteLength;
  let offset = start;
  for (let row = 0; row < table.capacity; row += 1) {
    let to = offset;
    for (const { read, itemBytes, readCount, countBytes, target } of readers) {
      let length = 1;
      if (readCount !== undefined) {
        length = to + countBytes <= end ? Math.floor(readCount(view, to, little)) : -1;
        to += countBytes;
      }
      if (!(length >= 0 && to + length * itemBytes <= end)) {
        for (const other of table.targets) if (other instanceof PlyLists) other.dropRow(row);
        return offset;
      }
      if (target instanceof PlyLists) {
        for (let i = 0; i < length; i += 1) target.push(read(view, to + i * itemBytes, little));
        target.endRow(row);
      } else if (target !== undefined) {
        target.array[row * target.stride + target.offset] = read(view, to, little);
      }
      to += length * itemBytes;
    }
    offset = to;
    table.rows = row + 1;
  }
  return offset;
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
