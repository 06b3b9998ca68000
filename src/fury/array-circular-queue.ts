import type { QueueShape } from "../memory/event-queue.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { isRowShape } from "../memory/row-buffer.ts";
import { GenericCircularQueue, keysOrShape } from "./generic-circular-queue.ts";
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
    super(
      RAW_ARRAY,
      keysOrShape<SharedArrayBuffer>(options, "buffer", "headTailBuffer"),
      (from) => new RawArrayMultiDimensionalBuffer(isRowShape(from) ? from : { buffer: from }),
    );
  }

  /** Head, tail and lock. */
  get headTailBuffer(): SharedArrayBuffer {
    return this.keys.headTail;
  }

  /** The buffers by which a Worker attaches: send them with postMessage. */
  get buffers(): QueueBuffers {
    return { buffer: this.buffer.buffer, headTailBuffer: this.headTailBuffer };
  }
}
