import { type Component, componentStruct, type LineData, lineStruct } from "./line-splat.ts";
import { lastNativeError, native } from "./symbols.ts";

type Lines = Pick<LineData, "positions" | "offsets">;

/** Returns the length of each streamline. */
export function lineLengths(lines: Lines): Float32Array {
  const lengths = new Float32Array(lineCount(lines));
  check(native().sc_lines_lengths(lineStruct(lines), lengths, lengths.length));
  return lengths;
}

/** Returns the mean of the values of each streamline's points; NaN without values. */
export function lineMeans(lines: Lines, values: Component): Float64Array {
  const means = new Float64Array(lineCount(lines));
  check(native().sc_lines_means(lineStruct(lines), componentStruct(values), means, means.length));
  return means;
}

/** Returns 1 for each streamline with a point in the set, otherwise 0. */
export function linesWithAny(lines: Lines, points: PointSet): Uint8Array {
  const found = new Uint8Array(lineCount(lines));
  const { bits } = points;
  check(native().sc_lines_any(lineStruct(lines), bits, 32 * bits.length, found, found.length));
  return found;
}

/** Returns 1 for each streamline that touches a sphere, x, y, z and radius, otherwise 0. */
export function linesInSphere(lines: Lines, sphere: readonly number[]): Uint8Array {
  const found = new Uint8Array(lineCount(lines));
  check(native().sc_lines_in_sphere(lineStruct(lines), numbers(sphere, 4), found, found.length));
  return found;
}

/** Returns 1 for each streamline that touches a box, the lowest x, y, z and the highest, otherwise 0. */
export function linesInBox(lines: Lines, box: readonly number[]): Uint8Array {
  const found = new Uint8Array(lineCount(lines));
  check(native().sc_lines_in_box(lineStruct(lines), numbers(box, 6), found, found.length));
  return found;
}

/** A set of points; at first it has all. */
export class PointSet {
  /** A bit per point, the lowest bit of each element first. */
  readonly bits: Uint32Array<ArrayBuffer>;
  readonly #count: number;

  /** @param count number of all points */
  constructor(count: number) {
    this.#count = count;
    this.bits = new Uint32Array(Math.ceil(count / 32)).fill(0xff_ff_ff_ff);
  }

  /** Number of points in the set. */
  get size(): number {
    let size = 0;
    for (const [i, word] of this.bits.entries()) {
      const rest = this.#count - 32 * i;
      size += bitCount(rest >= 32 ? word : word & (2 ** rest - 1));
    }
    return size;
  }

  /** Removes the points whose value is NaN or outside of a range. */
  keepValues(values: Component, [low, high]: readonly [number, number]): void {
    check(native().sc_values_mark(componentStruct(values), low, high, this.bits, 32 * this.bits.length));
  }

  /** Removes the points whose coordinate is outside of a range. @param axis 0, 1, 2 for x, y, z */
  keepSlab(lines: Lines, axis: number, [low, high]: readonly [number, number]): void {
    const bits = [this.bits, 32 * this.bits.length] as const;
    check(native().sc_lines_mark_slab(lineStruct(lines), axis, low, high, ...bits));
  }
}

function lineCount({ offsets }: Lines): number {
  return Math.max(0, offsets.length - 1);
}

function numbers(values: readonly number[], count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => values[i] ?? Number.NaN);
}

/** Number of set bits of a 32-bit number (Hacker's Delight, section 5-1). */
function bitCount(value: number): number {
  const pairs = value - ((value >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
