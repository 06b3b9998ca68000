import { type CreateQueue, GenericCircularQueue, isAttachment } from "../memory/generic-circular-queue.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { RawArraySegment } from "../memory/raw-array-segment.ts";
import { RawArrayMultiDimensionalBuffer } from "./raw-array-multi-dimensional-buffer.ts";

/** What a queue that the program or another of its Workers made is in; `queue.buffers` can be sent with postMessage. */
export interface QueueBuffers {
  /** The rows: `queue.buffer.buffer`. */
  buffer: SharedArrayBuffer;
  /** Head, tail and lock. */
  headTailBuffer: SharedArrayBuffer;
}

/**
 * FURY's ArrayCircularQueue: events between a program and its Workers, in SharedArrayBuffers. See
 * {@link GenericCircularQueue}.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two buffers is given.
 * @throws MemoryLayoutError when the buffers hold no queue of FURY's layout.
 */
export class ArrayCircularQueue extends GenericCircularQueue<
  SharedArrayBuffer,
  RawArrayMultiDimensionalBuffer
> {
  constructor(options: CreateQueue | QueueBuffers = {}) {
    if (isAttachment<QueueBuffers>(options, ["buffer", "headTailBuffer"])) {
      const { buffer, headTailBuffer } = options;
      super(
        RAW_ARRAY,
        () => new RawArrayMultiDimensionalBuffer({ buffer }),
        () => new RawArraySegment(headTailBuffer, "headTailBuffer"),
      );
    } else {
      const { maxSize = 10, dimension } = options;
      super(RAW_ARRAY, () => new RawArrayMultiDimensionalBuffer({ maxSize, dimension }));
    }
  }

  /** Head, tail and lock. */
  get headTailBuffer(): SharedArrayBuffer {
    return this.headTailSegment.buffer;
  }

  /** What a Worker needs to attach: send it with postMessage. */
  get buffers(): QueueBuffers {
    return { buffer: this.buffer.buffer, headTailBuffer: this.headTailBuffer };
  }
}
