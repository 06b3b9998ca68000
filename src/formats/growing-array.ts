type Numbers = Float64Array | Int32Array;

/** Dynamic array of numbers: a typed array whose capacity doubles when it is full. */
export class GrowingArray<T extends Numbers> {
  length = 0;
  #values: T;

  /** @param initial array of the wanted type and initial capacity, for example `new Int32Array(64)` */
  constructor(initial: T) {
    this.#values = initial;
  }

  /** View of the values appended so far, valid until the next append. */
  get values(): T {
    return this.#values.subarray(0, this.length) as T;
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[this.length] = value;
    this.length += 1;
  }

  #grow(): void {
    const larger = new (this.#values.constructor as new (length: number) => T)(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
}

export function growingInts(): GrowingArray<Int32Array> {
  return new GrowingArray(new Int32Array(64));
}

export function growingFloats(): GrowingArray<Float64Array> {
  return new GrowingArray(new Float64Array(64));
}

/** Returns the array, or a copy of twice its length or more if it is shorter than `length`. */
export function withCapacity<T extends Float32Array | Float64Array>(array: T, length: number): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}
