import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { DataArray, NumericArray, StreamlineGroup, Streamlines } from "../data-kinds.ts";

/** What a reader has read; default of the arrays and groups: none. */
type ReadStreamlines = Pick<Streamlines, "positions" | "origin" | "offsets" | "warnings"> &
  Partial<Pick<Streamlines, "pointArrays" | "streamlineArrays" | "groups">>;

/**
 * Completes what a reader has read, in RAS+ mm: leaves out streamlines with invalid coordinates, and adds a warning for what is odd.
 *
 * @param invalid number of points with a coordinate that is not finite, or above MAX_COORDINATE
 */
export function finishStreamlines(read: ReadStreamlines, invalid: number): Streamlines {
  const none = { pointArrays: [], streamlineArrays: [], groups: [] };
  const streamlines: Streamlines = { kind: "streamlines", space: "ras", ...none, ...read };
  const { warnings, offsets } = streamlines;
  const valid = invalid > 0 ? withoutInvalid(streamlines) : streamlines;
  const dropped = offsets.length - valid.offsets.length;
  if (dropped > 0) {
    warnings.push(`${dropped} streamlines have coordinates that are not finite numbers and are left out`);
  }
  if (valid.offsets.length === 1) warnings.push("there are no streamlines in it");
  else if (valid.positions.length === 0) warnings.push("all of its streamlines are empty");
  return valid;
}

/** Returns the offsets of streamlines that end before these points. */
export function offsetsOf(ends: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(ends.length + 1);
  offsets.set(ends, 1);
  return offsets;
}

/** Removes streamlines with an invalid coordinate, in place. */
function withoutInvalid(streamlines: Streamlines): Streamlines {
  const { positions, offsets, pointArrays, streamlineArrays, groups } = streamlines;
  const kept: number[] = [];
  for (let i = 0; i + 1 < offsets.length; i += 1) {
    if (isValid(positions, offsets[i] ?? 0, offsets[i + 1] ?? 0)) kept.push(i);
  }
  const starts = kept.map((i) => offsets[i] ?? 0);
  const ends = kept.map((i) => offsets[i + 1] ?? 0);
  const compact = (array: DataArray): DataArray => ({
    ...array,
    values: compactRanges(array.values, array.components, starts, ends),
  });
  const rows = kept.map((i) => i + 1);
  const keptOffsets = new Uint32Array(kept.length + 1);
  for (let i = 0; i < kept.length; i += 1) {
    keptOffsets[i + 1] = (keptOffsets[i] ?? 0) + (ends[i] ?? 0) - (starts[i] ?? 0);
  }
  return {
    ...streamlines,
    positions: compactRanges(positions, 3, starts, ends),
    offsets: keptOffsets,
    pointArrays: pointArrays.map(compact),
    streamlineArrays: streamlineArrays.map((array) => ({
      ...array,
      values: compactRanges(array.values, array.components, kept, rows),
    })),
    groups: renumberGroups(groups, offsets.length - 1, kept),
  };
}

function isValid(positions: Float32Array, start: number, end: number): boolean {
  for (let i = 3 * start; i < 3 * end; i += 1) {
    if (!(Math.abs(positions[i] ?? 0) <= MAX_COORDINATE)) return false;
  }
  return true;
}

/** Moves ranges of elements to the front, in place. @returns the ranges */
function compactRanges<T extends NumericArray>(
  values: T,
  components: number,
  starts: readonly number[],
  ends: readonly number[],
): T {
  let length = 0;
  for (const [i, start] of starts.entries()) {
    const end = ends[i] ?? 0;
    values.copyWithin(length, components * start, components * end);
    length += components * (end - start);
  }
  return values.subarray(0, length) as T;
}

function renumberGroups(
  groups: readonly StreamlineGroup[],
  count: number,
  kept: readonly number[],
): StreamlineGroup[] {
  const numbers = new Uint32Array(count).fill(0xff_ff_ff_ff);
  for (const [number, i] of kept.entries()) numbers[i] = number;
  return groups.map((group) => ({
    ...group,
    streamlines: group.streamlines
      .map((i) => numbers[i] ?? 0xff_ff_ff_ff)
      .filter((number) => number !== 0xff_ff_ff_ff),
  }));
}
