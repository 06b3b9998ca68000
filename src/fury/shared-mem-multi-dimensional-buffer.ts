import {
  type BufferShape,
  GenericMultiDimensionalBuffer,
} from "../memory/generic-multi-dimensional-buffer.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { SharedMemory } from "../native/shared-memory.ts";

/** A segment that another process made. */
export interface AttachSharedMemBuffer {
  bufferName: string;
}

/**
 * FURY's SharedMemMultiDimensionalBuffer: rows in POSIX shared memory, between processes. See
 * {@link GenericMultiDimensionalBuffer}.
 *
 * @throws RangeError for a shape that no buffer has.
 * @throws SharedMemoryError when the segment cannot be made, or is not there.
 * @throws MemoryLayoutError when it holds no rows.
 */
export class SharedMemMultiDimensionalBuffer extends GenericMultiDimensionalBuffer<ArrayBuffer> {
  constructor(options: BufferShape | AttachSharedMemBuffer) {
    super(SHARED_MEMORY, "bufferName" in options ? () => SharedMemory.attach(options.bufferName) : options);
  }

  /** What another process attaches by. */
  get bufferName(): string {
    return this.segmentName;
  }
}
