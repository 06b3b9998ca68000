import { type CreateQueue, GenericCircularQueue, isAttachment } from "../memory/generic-circular-queue.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { SharedMemory } from "../native/shared-memory.ts";
import { SharedMemMultiDimensionalBuffer } from "./shared-mem-multi-dimensional-buffer.ts";

/** Segments that another process made. */
export interface AttachQueue {
  bufferName: string;
  headTailBufferName: string;
}

/** FURY's JSON keys. */
export interface QueueNames {
  queue_buffer_name: string;
  queue_head_tail_buffer_name: string;
}

/**
 * FURY's SharedMemCircularQueue: events between processes, in POSIX shared memory. See {@link GenericCircularQueue}.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two names is given.
 * @throws SharedMemoryError when a segment cannot be made, or is not there.
 * @throws MemoryLayoutError when what is there is no queue of FURY's layout.
 */
export class SharedMemCircularQueue extends GenericCircularQueue<
  ArrayBuffer,
  SharedMemMultiDimensionalBuffer
> {
  constructor(options: CreateQueue | AttachQueue = {}) {
    if (isAttachment<AttachQueue>(options, ["bufferName", "headTailBufferName"])) {
      const { bufferName, headTailBufferName } = options;
      super(
        SHARED_MEMORY,
        () => new SharedMemMultiDimensionalBuffer({ bufferName }),
        () => SharedMemory.attach(headTailBufferName),
      );
    } else {
      const { maxSize = 10, dimension } = options;
      super(SHARED_MEMORY, () => new SharedMemMultiDimensionalBuffer({ maxSize, dimension }));
    }
  }

  get bufferName(): string {
    return this.buffer.bufferName;
  }

  get headTailBufferName(): string {
    return this.headTailSegment.name;
  }

  /** What another process needs to attach, under FURY's JSON keys. */
  get names(): QueueNames {
    return { queue_buffer_name: this.bufferName, queue_head_tail_buffer_name: this.headTailBufferName };
  }
}
