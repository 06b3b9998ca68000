import { type MemoryBackend, RAW_ARRAY, type SegmentKey, SHARED_MEMORY } from "../memory/memory-backend.ts";
import { RowBuffer, type RowShape } from "../memory/row-buffer.ts";
import { assertBackend } from "./assert-backend.ts";

/** FURY's GenericMultiDimensionalBuffer: a {@link RowBuffer} with FURY's names. */
export abstract class GenericMultiDimensionalBuffer<
  Key extends SegmentKey = SegmentKey,
  Memory extends ArrayBufferLike = ArrayBufferLike,
> extends RowBuffer<Key> {
  protected constructor(backend: MemoryBackend<Key>, from: RowShape | Key) {
    assertBackend(backend, "GenericMultiDimensionalBuffer", [
      "RawArrayMultiDimensionalBuffer",
      "SharedMemMultiDimensionalBuffer",
    ]);
    super(backend, from);
  }

  /** The memory itself, with max_size and dimension before the first row. */
  get buffer(): Memory {
    return this.segment.buffer as Memory;
  }

  /**
   * Writes all rows, as FURY's setter does: `(maxSize + 1) * dimension` values.
   * @throws RangeError for another number of values; MemoryLayoutError if the memory is gone.
   */
  set buffer(values: Float64Array) {
    const { rows } = this.memory;
    if (values.length !== rows.length) {
      throw new RangeError(
        `${this.maxSize + 1} rows of ${this.dimension} values are ${rows.length}; ${values.length} were given.`,
      );
    }
    rows.set(values);
  }

  /**
   * FURY's get_start_end: where row `index` starts and ends, in float64 values from the first row.
   * @throws RangeError if there is no such row; rows are 0 to maxSize.
   */
  getStartEnd(index: number): [start: number, end: number] {
    const start = this.startOf(index);
    return [start, start + this.dimension];
  }

  /** Replaces the memory with new memory of the same shape, all 0. */
  createMemResource(): void {
    this.recreate();
  }

  /**
   * Attaches to the same memory again, and reads its shape.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    this.reattach();
  }

  /** See {@link RowBuffer.close}. */
  cleanup(): void {
    this.close();
  }
}

/**
 * FURY's RawArrayMultiDimensionalBuffer: rows in a SharedArrayBuffer, between a program and its Workers. Unlike FURY's it
 * begins with max_size and dimension, so attaching requires neither.
 *
 * @throws RangeError for an invalid shape.
 * @throws MemoryLayoutError if `buffer` does not hold rows.
 */
export class RawArrayMultiDimensionalBuffer extends GenericMultiDimensionalBuffer<
  SharedArrayBuffer,
  SharedArrayBuffer
> {
  /** `buffer`: the buffer of the RawArrayMultiDimensionalBuffer that created it, in the program or another of its Workers. */
  constructor(options: RowShape | { buffer: SharedArrayBuffer }) {
    super(RAW_ARRAY, "buffer" in options ? options.buffer : options);
  }
}

/**
 * FURY's SharedMemMultiDimensionalBuffer: rows in POSIX shared memory, between processes.
 *
 * @throws RangeError for an invalid shape.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segment does not hold rows.
 */
export class SharedMemMultiDimensionalBuffer extends GenericMultiDimensionalBuffer<string, ArrayBuffer> {
  /** `bufferName`: name of a segment that another process created. */
  constructor(options: RowShape | { bufferName: string }) {
    super(SHARED_MEMORY, "bufferName" in options ? options.bufferName : options);
  }

  /** The name that another process attaches by. */
  get bufferName(): string {
    return this.key;
  }
}
