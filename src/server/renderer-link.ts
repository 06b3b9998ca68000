import { SharedMemCircularQueue } from "../memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../memory/shared-mem-image-buffer-manager.ts";

/** The segments of one renderer under FURY's JSON keys. Without the two of the queue it is looked at and not steered. */
export interface SegmentNames {
  image_buffer_names: readonly string[];
  info_buffer_name: string;
  queue_buffer_name?: string | undefined;
  queue_head_tail_buffer_name?: string | undefined;
}

/** The server's end of one renderer's shared memory. */
export class RendererLink implements Disposable {
  readonly images: SharedMemImageBufferManager;
  readonly queue: SharedMemCircularQueue | null;

  /** @throws SharedMemoryError or MemoryLayoutError where a segment is not there or not what its name says. */
  constructor(names: SegmentNames) {
    const { queue_buffer_name: bufferName, queue_head_tail_buffer_name: headTailBufferName } = names;
    using opened = new DisposableStack();
    this.images = opened.use(
      new SharedMemImageBufferManager({
        imageBufferNames: names.image_buffer_names,
        infoBufferName: names.info_buffer_name,
      }),
    );
    this.queue =
      bufferName === undefined || headTailBufferName === undefined
        ? null
        : opened.use(new SharedMemCircularQueue({ bufferName, headTailBufferName }));
    opened.move();
  }

  /** Closes the memory and removes no name: the segments are their creator's. Idempotent. */
  close(): void {
    this.images.cleanup();
    this.queue?.cleanup();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
