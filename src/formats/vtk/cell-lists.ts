import { DataError } from "../load-error.ts";
import { type CellLists, cellCount } from "./vtk-dataset.ts";

/**
 * Converts lists with their length before each to lists with offsets. The indices are moved within the same array.
 *
 * @param count number of lists
 * @throws DataError if the lengths do not match the number of values
 */
export function packCellLists(values: Uint32Array, count: number): CellLists {
  if (count > values.length) throw damagedLists();
  const offsets = new Uint32Array(count + 1);
  let used = 0;
  let next = 0;
  for (let cell = 0; cell < count; cell += 1) {
    const length = values[next] ?? 0;
    next += 1;
    if (length > values.length - next) throw damagedLists();
    values.copyWithin(used, next, next + length);
    used += length;
    next += length;
    offsets[cell + 1] = used;
  }
  if (next !== values.length) throw damagedLists();
  return { offsets, connectivity: values.subarray(0, used) };
}

/** Checks offsets that come from a file. @throws DataError unless they ascend from 0 to the number of indices */
export function checkCellLists({ offsets, connectivity }: CellLists): void {
  let last = 0;
  // An iterator over 10 million offsets leaves 330 MB of garbage.
  for (let i = 0; i < offsets.length; i += 1) {
    const offset = offsets[i] ?? 0;
    if (offset < last) throw damagedLists();
    last = offset;
  }
  if (offsets[0] !== 0 || last > connectivity.length) throw damagedLists();
}

function damagedLists(): DataError {
  return new DataError(
    "the lengths of the cells' lists do not match their number of vertex indices: the file is damaged",
  );
}

/** Whether all indices of a cell are of vertices that exist. */
export function isCellValid(
  { connectivity }: CellLists,
  start: number,
  end: number,
  points: number,
): boolean {
  for (let i = start; i < end; i += 1) if ((connectivity[i] ?? points) >= points) return false;
  return true;
}

/** Calls a function with the range of each cell in the connectivity. Cells with vertices that do not exist are left out. @returns their number */
export function forEachCell(
  lists: CellLists,
  points: number,
  visit: (cell: number, start: number, end: number) => void,
): number {
  let invalid = 0;
  const { offsets } = lists;
  for (let cell = 0; cell < cellCount(lists); cell += 1) {
    const start = offsets[cell] ?? 0;
    const end = offsets[cell + 1] ?? 0;
    if (isCellValid(lists, start, end, points)) visit(cell, start, end);
    else invalid += 1;
  }
  return invalid;
}
