import {
  type BufferShape,
  GenericMultiDimensionalBuffer,
} from "../memory/generic-multi-dimensional-buffer.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { RawArraySegment } from "../memory/raw-array-segment.ts";

/** Memory that the program or another of its Workers made. */
export interface AttachRawArrayBuffer {
  /** The `buffer` of the RawArrayMultiDimensionalBuffer that made it. */
  buffer: SharedArrayBuffer;
}

/**
 * FURY's RawArrayMultiDimensionalBuffer: rows in a SharedArrayBuffer, between a program and its Workers. See
 * {@link GenericMultiDimensionalBuffer}. Unlike FURY's it begins with max_size and dimension, so whoever attaches needs
 * to know neither.
 *
 * @throws RangeError for a shape that no buffer has.
 * @throws MemoryLayoutError when `buffer` holds no rows.
 */
export class RawArrayMultiDimensionalBuffer extends GenericMultiDimensionalBuffer<SharedArrayBuffer> {
  constructor(options: BufferShape | AttachRawArrayBuffer) {
    super(RAW_ARRAY, "buffer" in options ? () => new RawArraySegment(options.buffer, "buffer") : options);
  }
}
