import type { QueueShape } from "../memory/event-queue.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { isRowShape } from "../memory/row-buffer.ts";
import { GenericCircularQueue, keysOrShape } from "./generic-circular-queue.ts";
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
    super(
      SHARED_MEMORY,
      keysOrShape<string>(options, "bufferName", "headTailBufferName"),
      (from) => new SharedMemMultiDimensionalBuffer(isRowShape(from) ? from : { bufferName: from }),
    );
  }

  get bufferName(): string {
    return this.keys.rows;
  }

  get headTailBufferName(): string {
    return this.keys.headTail;
  }

  /** The names by which another process attaches, under FURY's JSON keys. */
  get names(): QueueNames {
    return { queue_buffer_name: this.bufferName, queue_head_tail_buffer_name: this.headTailBufferName };
  }
}
