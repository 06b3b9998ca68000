import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import type { RowShape } from "../memory/row-buffer.ts";
import { GenericMultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";

/** Name of a segment that another process created. */
export interface AttachSharedMemBuffer {
  bufferName: string;
}

/**
 * FURY's SharedMemMultiDimensionalBuffer: rows in POSIX shared memory, between processes.
 *
 * @throws RangeError for an invalid shape.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segment does not hold rows.
 */
export class SharedMemMultiDimensionalBuffer extends GenericMultiDimensionalBuffer<string, ArrayBuffer> {
  constructor(options: RowShape | AttachSharedMemBuffer) {
    super(SHARED_MEMORY, "bufferName" in options ? options.bufferName : options);
  }

  /** The name that another process attaches by. */
  get bufferName(): string {
    return this.key;
  }
}
