import { RAW_ARRAY } from "../memory/memory-backend.ts";
import type { RowShape } from "../memory/row-buffer.ts";
import { GenericMultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";

/** Memory that the program or another of its Workers created. */
export interface AttachRawArrayBuffer {
  /** The `buffer` of the RawArrayMultiDimensionalBuffer that created it. */
  buffer: SharedArrayBuffer;
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
  constructor(options: RowShape | AttachRawArrayBuffer) {
    super(RAW_ARRAY, "buffer" in options ? options.buffer : options);
  }
}
