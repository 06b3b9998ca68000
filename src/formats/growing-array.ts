type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array;

/** Maximum size of an ArrayBuffer in JavaScriptCore. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/** Dynamic array of numbers: a typed array whose capacity doubles when it is full. */
export class GrowingArray<T extends Numbers> {
  /** Number of values appended so far. */
  length = 0;
  /** The values, followed by unused capacity. */
  array: T;
  /** Length and fraction of the file at the last call of `reserve`. */
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
    this.array = withCapacity(this.array, this.length + 1);
    this.array[this.length] = value;
    this.length += 1;
  }

  /**
   * Makes room for more values. If there is none, makes it for the whole file, by the growth since the last call: a copy
   * into a larger array would double the peak of memory. Capacity that is never used costs no memory.
   *
   * @param fraction part of the file that is read
   */
  reserve(more: number, fraction: number): void {
    const { length } = this;
    const last = this.#last;
    if (length + more > this.array.length) {
      const density = (length - last.length) / (fraction - last.fraction);
      const expected = length + more + 1.02 * density * (1 - fraction);
      const max = MAX_ARRAY_BYTES / this.array.BYTES_PER_ELEMENT;
      this.array = withCapacity(this.array, length + more, Math.min(max, expected) || 0);
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

/** Returns the array, or a copy of twice the length or more if it is shorter than `length`. */
export function withCapacity<T extends Numbers>(array: T, length: number, expected = 0): T {
  if (length <= array.length) return array;
  const capacity = Math.floor(Math.max(length, expected, 2 * array.length));
  const larger = new (array.constructor as new (length: number) => T)(capacity);
  larger.set(array);
  return larger;
}
