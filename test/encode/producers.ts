import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** Packed pixels of one color. */
export function solid(width: number, height: number, color: readonly number[]): Uint8Array {
  const pixels = new Uint8Array(width * height * color.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = color[i % color.length] ?? 0;
  return pixels;
}

/** Attaches to the images of a producer. */
export function attachImages(names: {
  image_buffer_names: string[];
  info_buffer_name: string;
}): SharedMemImageBufferManager {
  return new SharedMemImageBufferManager({
    imageBufferNames: names.image_buffer_names,
    infoBufferName: names.info_buffer_name,
  });
}

/** A test renderer of this project: segments with the extension, and a queue of 20 events. */
export class TestRenderer implements Disposable {
  readonly images: SharedMemImageBufferManager;
  readonly queue = new SharedMemCircularQueue({ maxSize: 20 });
  readonly pixelFormat: "rgb" | "rgba";

  constructor(options: { maxSize?: [number, number]; pixelFormat?: "rgb" | "rgba" } = {}) {
    this.pixelFormat = options.pixelFormat ?? "rgba";
    const maxWindowSize = options.maxSize ?? [640, 480];
    this.images = new SharedMemImageBufferManager({ maxWindowSize, pixelFormat: this.pixelFormat });
    // Without this it would count as a plain FURY consumer, which gets no moves while no button is down.
    this.images.eventCapabilities = { resize: false, keys: true, doubleClick: false };
  }

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  /** Writes a frame of one grey. */
  writeGrey(value: number, size: [number, number] = [64, 48], eventTimestamp: number | null = null): void {
    const color = this.pixelFormat === "rgba" ? [value, value, value, 255] : [value, value, value];
    this.images.write(...size, solid(...size, color), { eventTimestamp });
  }

  [Symbol.dispose](): void {
    this.images.close();
    this.queue.cleanup();
  }
}

/** Segments like those of a FURY program: no extension, all sizes 0 before the first frame. */
export class PlainFuryProducer implements Disposable {
  readonly #images: SharedMemory[];
  readonly #info: SharedMemory;
  /** The info segment, for writing invalid values: [3] is the index, [4 + 2i] the width of buffer i. */
  readonly words: Uint32Array<ArrayBuffer>;

  constructor(maxWidth: number, maxHeight: number, numBuffers = 2) {
    this.#images = Array.from({ length: numBuffers }, () => SharedMemory.create(maxWidth * maxHeight * 3));
    this.#info = SharedMemory.create((4 + 2 * numBuffers) * 4);
    this.words = new Uint32Array(this.#info.buffer);
    this.words[0] = 2 + 2 * numBuffers;
    this.words[1] = 1;
  }

  get names() {
    return {
      image_buffer_names: this.#images.map((image) => image.name),
      info_buffer_name: this.#info.name,
    };
  }

  /** Writes a frame of RGB pixels, rows bottom-up. */
  write(width: number, height: number, pixels: Uint8Array): void {
    const next = ((this.words[3] ?? 0) + 1) % this.#images.length;
    const image = this.#images[next];
    if (image === undefined) throw new Error("no image");
    new Uint8Array(image.buffer).set(pixels);
    this.words[4 + 2 * next] = width;
    this.words[5 + 2 * next] = height;
    Atomics.store(this.words, 3, next);
  }

  [Symbol.dispose](): void {
    for (const segment of [...this.#images, this.#info]) {
      segment.unlink();
      segment.close();
    }
  }
}
