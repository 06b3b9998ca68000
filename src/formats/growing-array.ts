import { allocateShared } from "../native/shared-array.ts";

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array;

/** Maximum size of an ArrayBuffer in JavaScriptCore. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/** Dynamic array of numbers: a typed array whose capacity doubles when it is full. */
export class GrowingArray<T extends Numbers> {
  /** Number of values that were appended. */
  length = 0;
  /** The values, followed by unused capacity. */
  array: T;
  /** Length, and fraction of the file, at the last call of `reserve`. */
  #last = { length: 0, fraction: 0 };

  /** @param initial array of the wanted type and initial capacity, for example `new Int32Array(64)` */
  constructor(initial: T) {
    this.array = initial;
  }

  /** View of the values appended so far, valid until the next append. */
  get values(): T {
    return this.array.subarray(0, this.length) as T;
  }

  push(value: number): void {
    this.array = withCapacity(this.array, this.length, this.length + 1);
    this.array[this.length] = value;
    this.length += 1;
  }

  /**
   * Ensures capacity for more values. When the array must grow, its new capacity is extrapolated to the whole file from the growth
   * since the last call: another copy into a larger array would double the peak memory. Untouched capacity costs no memory.
   *
   * @param fraction fraction of the file that has been read
   */
  reserve(more: number, fraction: number): void {
    const { length } = this;
    const last = this.#last;
    if (length + more > this.array.length) {
      const density = (length - last.length) / (fraction - last.fraction);
      // Several calls for the same part of the file say nothing about the rest.
      const expected = Number.isFinite(density) ? length + more + 1.02 * density * (1 - fraction) : 0;
      const max = MAX_ARRAY_BYTES / this.array.BYTES_PER_ELEMENT;
      this.array = withCapacity(this.array, length, length + more, Math.min(max, expected));
    }
    if (fraction > last.fraction) this.#last = { length, fraction };
  }
}

export function growingInts(): GrowingArray<Int32Array> {
  return new GrowingArray(new Int32Array(64));
}

export function growingFloats(): GrowingArray<Float32Array> {
  return new GrowingArray(new Float32Array(64));
}

/**
 * Returns the array, or a copy of at least twice its length if it is shorter than `length`.
 *
 * @param used number of values to copy: reading and writing unused ones would allocate their memory
 */
export function withCapacity<T extends Numbers>(array: T, used: number, length: number, expected = 0): T {
  if (length <= array.length) return array;
  const capacity = Math.floor(Math.max(length, expected, 2 * array.length));
  const larger = allocateShared(array.constructor as Parameters<typeof allocateShared<T>>[0], capacity);
  larger.set(array.subarray(0, used));
  return larger;
}
