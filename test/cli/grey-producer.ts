import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";

/** A producer of one grey frame in the process of the test, like FURY's stream client. */
export class GreyProducer implements Disposable {
  readonly images = new SharedMemImageBufferManager({ maxWindowSize: [40, 30] });
  readonly queue = new SharedMemCircularQueue({ maxSize: 8 });

  constructor(grey: number) {
    this.images.write(40, 30, new Uint8Array(40 * 30 * 3).fill(grey));
  }

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  [Symbol.dispose](): void {
    this.images.close();
    this.queue.cleanup();
  }
}
