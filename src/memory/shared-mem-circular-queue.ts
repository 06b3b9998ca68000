import { SharedMemory } from "../native/shared-memory.ts";
import { EVENT_DIMENSION } from "./event-ids.ts";
import {
  attachQueueMemory,
  createQueueMemory,
  GenericCircularQueue,
  HEAD_TAIL_BYTES,
  type QueueMemory,
} from "./generic-circular-queue.ts";
import { checkShape, multiDimensionalBufferSize } from "./generic-multi-dimensional-buffer.ts";
import { openSegments } from "./open-segments.ts";

/** New segments. */
export interface CreateQueue {
  /** How many rows it holds. Default 10, as FURY. */
  maxSize?: number;
  /** Values in a row. Default 8, which events need. */
  dimension?: number;
}

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
 * @throws RangeError for a shape that no queue has.
 * @throws SharedMemoryError when a segment cannot be made, or is not there.
 * @throws MemoryLayoutError when what is there is no queue of FURY's layout.
 */
export class SharedMemCircularQueue extends GenericCircularQueue {
  readonly bufferName: string;
  readonly headTailBufferName: string;

  constructor(options: CreateQueue | AttachQueue = {}) {
    const memory = "bufferName" in options ? attach(options) : create(options);
    super(memory);
    [this.bufferName, this.headTailBufferName] = memory.names;
  }

  /** What another process needs to attach, under FURY's JSON keys. */
  get names(): QueueNames {
    return { queue_buffer_name: this.bufferName, queue_head_tail_buffer_name: this.headTailBufferName };
  }
}

type NamedQueueMemory = QueueMemory & { names: [buffer: string, headTail: string] };

function create(options: CreateQueue): NamedQueueMemory {
  const { maxSize = 10, dimension = EVENT_DIMENSION } = options;
  checkShape(maxSize, dimension);
  return openSegments(true, (open) => {
    const rows = open(SharedMemory.create(multiDimensionalBufferSize(maxSize, dimension)));
    const headTail = open(SharedMemory.create(HEAD_TAIL_BYTES));
    return {
      ...createQueueMemory(rows, headTail, { maxSize, dimension }),
      names: [rows.name, headTail.name],
    };
  });
}

function attach(options: AttachQueue): NamedQueueMemory {
  return openSegments(false, (open) => {
    const rows = open(SharedMemory.attach(options.bufferName));
    const headTail = open(SharedMemory.attach(options.headTailBufferName));
    return { ...attachQueueMemory(rows, headTail), names: [rows.name, headTail.name] };
  });
}
