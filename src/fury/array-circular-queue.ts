import type { QueueShape } from "../memory/event-queue.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { GenericCircularQueue, isAttachment } from "./generic-circular-queue.ts";
import { RawArrayMultiDimensionalBuffer } from "./raw-array-multi-dimensional-buffer.ts";

/** SharedArrayBuffers that the program or another of its Workers created. */
export interface QueueBuffers {
  /** The rows: `queue.buffer.buffer`. */
  buffer: SharedArrayBuffer;
  /** Head, tail and lock. */
  headTailBuffer: SharedArrayBuffer;
}

/**
 * FURY's ArrayCircularQueue: events between a program and its Workers, in SharedArrayBuffers.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two buffers is given.
 * @throws MemoryLayoutError if the buffers do not have FURY's layout.
 */
export class ArrayCircularQueue extends GenericCircularQueue<
  SharedArrayBuffer,
  RawArrayMultiDimensionalBuffer
> {
  constructor(options: QueueShape | QueueBuffers = {}) {
    if (isAttachment<QueueBuffers>(options, ["buffer", "headTailBuffer"])) {
      const { buffer, headTailBuffer } = options;
      super(
        RAW_ARRAY,
        { rows: buffer, headTail: headTailBuffer },
        () => new RawArrayMultiDimensionalBuffer({ buffer }),
      );
    } else {
      const { maxSize = 10, dimension } = options;
      super(RAW_ARRAY, options, () => new RawArrayMultiDimensionalBuffer({ maxSize, dimension }));
    }
  }

  /** Head, tail and lock. */
  get headTailBuffer(): SharedArrayBuffer {
    return this.keys.headTail;
  }

  /** What a Worker needs to attach: send it with postMessage. */
  get buffers(): QueueBuffers {
    return { buffer: this.buffer.buffer, headTailBuffer: this.headTailBuffer };
  }
}
