import { EVENT_DIMENSION } from "../memory/event-ids.ts";
import type { GenericCircularQueue } from "../memory/generic-circular-queue.ts";
import type { GenericImageBufferManager } from "../memory/generic-image-buffer-manager.ts";
import { MemoryLayoutError } from "../memory/memory-segment.ts";
import { SharedMemCircularQueue } from "../memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../memory/shared-mem-image-buffer-manager.ts";

/** The segments of one renderer under FURY's JSON keys. Without the two of the queue it is looked at and not steered. */
export interface SegmentNames {
  image_buffer_names: readonly string[];
  info_buffer_name: string;
  queue_buffer_name?: string | undefined;
  queue_head_tail_buffer_name?: string | undefined;
}

/** Buffers and queue that the caller has open and keeps open. Without a queue it is looked at and not steered. */
export interface RendererBuffers {
  images: GenericImageBufferManager;
  queue: GenericCircularQueue | null;
}

/** Where a renderer's frames are and its events go: names to open, or what the caller has open. */
export type RendererMemory = SegmentNames | RendererBuffers;

/** The server's end of one renderer's memory. */
export class RendererLink implements Disposable {
  readonly images: GenericImageBufferManager;
  readonly queue: GenericCircularQueue | null;
  /** What was opened here. */
  readonly #opened: DisposableStack;

  /**
   * @throws SharedMemoryError or MemoryLayoutError where a segment is not there or not what its name says, and for a
   *   queue whose rows are no events.
   */
  constructor(memory: RendererMemory) {
    using opened = new DisposableStack();
    if ("images" in memory) {
      this.images = memory.images;
      this.queue = memory.queue;
    } else {
      this.images = opened.use(
        new SharedMemImageBufferManager({
          imageBufferNames: memory.image_buffer_names,
          infoBufferName: memory.info_buffer_name,
        }),
      );
      const queue = openQueue(memory);
      this.queue = queue && opened.use(queue);
    }
    checkRows(this.queue);
    this.#opened = opened.move();
  }

  /** Closes what was opened here and removes no name: the segments are their creator's. Idempotent. */
  close(): void {
    this.#opened.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function openQueue(names: SegmentNames): SharedMemCircularQueue | null {
  const { queue_buffer_name: bufferName, queue_head_tail_buffer_name: headTailBufferName } = names;
  if (bufferName === undefined && headTailBufferName === undefined) return null;
  if (bufferName === undefined || headTailBufferName === undefined) {
    throw new MemoryLayoutError(
      "A queue is two segments, its rows and its head and tail; only one of the two was named. Name both or none.",
    );
  }
  return new SharedMemCircularQueue({ bufferName, headTailBufferName });
}

function checkRows(queue: GenericCircularQueue | null): void {
  if (queue === null || queue.dimension === EVENT_DIMENSION) return;
  throw new MemoryLayoutError(
    `The queue has rows of ${queue.dimension} values, but an event has ${EVENT_DIMENSION}. Make the queue with ` +
      `dimension ${EVENT_DIMENSION} (FURY's classes have 6 where they are told none), or leave the queue out to show the frames alone.`,
  );
}
