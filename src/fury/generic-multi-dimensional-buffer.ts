import type { MemoryBackend, SegmentKey } from "../memory/memory-backend.ts";
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
