import { MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";

/** Values before the first row: max_size and dimension. */
const HEADER = 2;

/** Rows of one queue, many times what any viewer sends between two frames; a larger claim is not believed. */
const MOST_VALUES = 2 ** 27;

/** Bytes of a buffer of `maxSize` rows: FURY keeps one more row than it uses. */
export function multiDimensionalBufferSize(maxSize: number, dimension: number): number {
  return (HEADER + dimension * (maxSize + 1)) * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * Rows of `dimension` float64 values in a memory segment, FURY's MultiDimensionalBuffer:
 * `[max_size, dimension, row 0, row 1, ..., row max_size]`.
 */
export class MultiDimensionalBuffer {
  readonly maxSize: number;
  readonly dimension: number;
  readonly #values: Float64Array<ArrayBufferLike>;

  private constructor(segment: MemorySegment, maxSize: number, dimension: number) {
    this.maxSize = maxSize;
    this.dimension = dimension;
    this.#values = new Float64Array(segment.buffer, 0, HEADER + dimension * (maxSize + 1));
  }

  /**
   * Lays a buffer out in new memory.
   * @throws RangeError when maxSize or dimension is not a whole number from 1 on.
   * @throws MemoryLayoutError when the segment is too small.
   */
  static create(segment: MemorySegment, maxSize: number, dimension: number): MultiDimensionalBuffer {
    checkShape(maxSize, dimension);
    const bytes = multiDimensionalBufferSize(maxSize, dimension);
    requireSize(segment, bytes, `a queue of ${maxSize} rows of ${dimension} values`);
    segment.reserve(bytes);
    const buffer = new MultiDimensionalBuffer(segment, maxSize, dimension);
    buffer.#values[0] = maxSize;
    buffer.#values[1] = dimension;
    return buffer;
  }

  /** @throws MemoryLayoutError when the segment claims a shape that is none or that it is too small for. */
  static attach(segment: MemorySegment): MultiDimensionalBuffer {
    requireSize(segment, multiDimensionalBufferSize(1, 1), "a queue");
    const [maxSize = 0, dimension = 0] = new Float64Array(segment.buffer, 0, HEADER);
    const whole = Number.isInteger(maxSize) && Number.isInteger(dimension);
    if (!whole || maxSize < 1 || dimension < 1 || dimension * (maxSize + 1) > MOST_VALUES) {
      throw new MemoryLayoutError(
        `The segment ${segment.name} claims ${maxSize} rows of ${dimension} values, which is no queue. ` +
          "Check that its name is that of the queue buffer.",
      );
    }
    requireSize(
      segment,
      multiDimensionalBufferSize(maxSize, dimension),
      `a queue of ${maxSize} rows of ${dimension} values`,
    );
    return new MultiDimensionalBuffer(segment, maxSize, dimension);
  }

  /** FURY's get_start_end: where row `index` starts and ends, in values from the start of the segment. */
  getStartEnd(index: number): [start: number, end: number] {
    const start = HEADER + index * this.dimension;
    return [start, start + this.dimension];
  }

  /** A copy of row `index`. */
  get(index: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#values.subarray(...this.getStartEnd(index)));
  }

  set(index: number, row: ArrayLike<number>): void {
    this.#values.set(row, this.getStartEnd(index)[0]);
  }
}

/** @throws RangeError when a queue cannot have this shape. */
export function checkShape(maxSize: number, dimension: number): void {
  for (const [name, value] of Object.entries({ maxSize, dimension })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`A queue's ${name} must be a whole number from 1 on; it is ${value}.`);
    }
  }
  if (dimension * (maxSize + 1) > MOST_VALUES) {
    throw new RangeError(`A queue of ${maxSize} rows of ${dimension} values is too large.`);
  }
}
