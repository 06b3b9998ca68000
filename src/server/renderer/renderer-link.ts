import { EventQueue } from "../../memory/event-queue.ts";
import { EVENT_DIMENSION } from "../../memory/event-row.ts";
import {
  type MemoryBackend,
  RAW_ARRAY,
  type SegmentKey,
  SHARED_MEMORY,
} from "../../memory/memory-backend.ts";
import { MemoryLayoutError } from "../../memory/memory-segment.ts";
import { SharedImage } from "../../memory/shared-image.ts";

/** Names of a renderer's segments, under FURY's JSON keys. Without the queue's segments, frames are shown and events are refused. */
export interface SegmentNames {
  image_buffer_names: readonly string[];
  info_buffer_name: string;
  queue_buffer_name?: string | undefined;
  queue_head_tail_buffer_name?: string | undefined;
}

/** The same memory as SharedArrayBuffers, of this program or one of its Workers. */
export interface RawArrays {
  imageBuffers: readonly SharedArrayBuffer[];
  infoBuffer: SharedArrayBuffer;
  queueBuffer?: SharedArrayBuffer | undefined;
  queueHeadTailBuffer?: SharedArrayBuffer | undefined;
}

/** The same memory as managers that the caller has opened, and keeps open. */
export interface RendererManagers {
  images: SharedImage;
  queue: EventQueue | null;
}

/** A renderer's memory: its image buffers and its event queue. */
export type RendererMemory = SegmentNames | RawArrays | RendererManagers;

/** Delay of the garbage collection after a link was closed, ms: links that are closed within it share one collection. */
const GC_DELAY_MS = 100;

let collection: ReturnType<typeof setTimeout> | null = null;

/** The server's access to one renderer's memory. */
export class RendererLink {
  readonly images: SharedImage;
  readonly queue: EventQueue | null;
  /** Resources that were opened here. */
  readonly #opened: DisposableStack;

  /**
   * @throws SharedMemoryError or MemoryLayoutError if a segment is missing or has another layout, or if the queue's rows do not
   *   have the size of an event
   */
  constructor(memory: RendererMemory) {
    using opened = new DisposableStack();
    if ("images" in memory) {
      this.images = memory.images;
      this.queue = memory.queue;
    } else if ("infoBuffer" in memory) {
      const { imageBuffers: images, infoBuffer: info, queueBuffer, queueHeadTailBuffer } = memory;
      this.images = opened.use(new SharedImage(RAW_ARRAY, { images, info }));
      this.queue = opened.use(openQueue(RAW_ARRAY, queueBuffer, queueHeadTailBuffer));
    } else {
      const { image_buffer_names: images, info_buffer_name: info, ...names } = memory;
      this.images = opened.use(new SharedImage(SHARED_MEMORY, { images, info, readOnly: true }));
      this.queue = opened.use(
        openQueue(SHARED_MEMORY, names.queue_buffer_name, names.queue_head_tail_buffer_name),
      );
    }
    checkRowSize(this.queue);
    this.#opened = opened.move();
  }

  /** Closes the resources that were opened here. The segments belong to their creator and are not removed. Idempotent. */
  close(): void {
    if (this.#opened.disposed) return;
    this.#opened.dispose();
    scheduleGarbageCollection();
  }
}

/**
 * Schedules a garbage collection, which unmaps the memory of closed links. Mappings last until their views are collected, also
 * after the segments' names are removed, and an idle server allocates too little for a collection of its own.
 */
function scheduleGarbageCollection(): void {
  collection ??= setTimeout(() => {
    collection = null;
    Bun.gc(true);
  }, GC_DELAY_MS);
  collection.unref();
}

/** @returns null if neither segment is given. @throws MemoryLayoutError if only one is given */
function openQueue<Key extends SegmentKey>(
  backend: MemoryBackend<Key>,
  rows: Key | undefined,
  headTail: Key | undefined,
): EventQueue<Key> | null {
  if (rows === undefined && headTail === undefined) return null;
  if (rows === undefined || headTail === undefined) {
    throw new MemoryLayoutError(
      "A queue has two segments, one for its rows and one for its head and tail; only one was given. Give both or neither.",
    );
  }
  return new EventQueue(backend, { rows, headTail });
}

function checkRowSize(queue: EventQueue | null): void {
  if (queue === null || queue.dimension === EVENT_DIMENSION) return;
  throw new MemoryLayoutError(
    `The queue has rows of ${queue.dimension} values, but an event has ${EVENT_DIMENSION}. Make the queue with ` +
      `dimension ${EVENT_DIMENSION} (the default of FURY's classes is 6), or leave the queue out to show the frames alone.`,
  );
}
