import type { QueueShape } from "../memory/event-queue.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { GenericCircularQueue, isAttachment } from "./generic-circular-queue.ts";
import { SharedMemMultiDimensionalBuffer } from "./shared-mem-multi-dimensional-buffer.ts";

/** Names of segments that another process created. */
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
 * FURY's SharedMemCircularQueue: events between processes, in POSIX shared memory.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two names is given.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segments do not have FURY's layout.
 */
export class SharedMemCircularQueue extends GenericCircularQueue<string, SharedMemMultiDimensionalBuffer> {
  constructor(options: QueueShape | AttachQueue = {}) {
    if (isAttachment<AttachQueue>(options, ["bufferName", "headTailBufferName"])) {
      const { bufferName, headTailBufferName } = options;
      super(
        SHARED_MEMORY,
        { rows: bufferName, headTail: headTailBufferName },
        () => new SharedMemMultiDimensionalBuffer({ bufferName }),
      );
    } else {
      const { maxSize = 10, dimension } = options;
      super(SHARED_MEMORY, options, () => new SharedMemMultiDimensionalBuffer({ maxSize, dimension }));
    }
  }

  get bufferName(): string {
    return this.keys.rows;
  }

  get headTailBufferName(): string {
    return this.keys.headTail;
  }

  /** What another process needs to attach, under FURY's JSON keys. */
  get names(): QueueNames {
    return { queue_buffer_name: this.bufferName, queue_head_tail_buffer_name: this.headTailBufferName };
  }
}
