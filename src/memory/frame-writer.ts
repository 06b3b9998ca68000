import type { WrittenFrameMetadata } from "./extension-blocks.ts";
import { componentsOf, type ImageMemory } from "./image-memory.ts";
import { goneError } from "./memory-segment.ts";

/** A buffer to write a frame into. */
export interface WritableFrame {
  readonly width: number;
  readonly height: number;
  /** width * height pixels in the image's format, rows bottom-up: the shared memory itself. */
  readonly data: Uint8Array<ArrayBufferLike>;
}

/** Writes frames into an image's buffers in turn. */
export class FrameWriter {
  readonly #memory: ImageMemory;
  /** Bytes of each image segment that are committed. */
  readonly #reserved: number[];
  /** The frame that was begun and not ended. */
  #open: { buffer: number; width: number; height: number } | null = null;
  #frames: number;

  constructor(memory: ImageMemory) {
    this.#memory = memory;
    this.#reserved = memory.images.map(() => 0);
    this.#frames = memory.extension?.newestFrame ?? 0;
  }

  /** Whether a frame of this size fits into a buffer: the number of its pixels counts, not its sides. */
  fits(width: number, height: number): boolean {
    const smallest = Math.min(...this.#memory.images.map((image) => image.size));
    return width * height * componentsOf(this.#memory.format) <= smallest;
  }

  /** See SharedImage.reserve. */
  reserve(width: number, height: number): void {
    const bytes = width * height * componentsOf(this.#memory.format);
    for (const buffer of this.#memory.images.keys()) this.#reserve(buffer, bytes);
  }

  /** See SharedImage.beginWrite. */
  begin(width: number, height: number): WritableFrame | null {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
      throw new RangeError(
        `A frame of ${width}x${height} px cannot be written; both must be whole numbers from 1 on.`,
      );
    }
    if (!this.fits(width, height)) return null;
    const { images, info, layout, extension, format } = this.#memory;
    const gone = [info, ...images].find((segment) => !segment.isCurrent());
    if (gone) throw goneError(gone);
    const buffer = (layout.bufferIndex + 1) % images.length;
    const image = images[buffer];
    if (!image) throw new Error(`There is no image buffer ${buffer}.`);
    const bytes = width * height * componentsOf(format);
    this.#reserve(buffer, bytes);
    extension?.slots[buffer]?.sequence.begin();
    this.#open = { buffer, width, height };
    return { width, height, data: new Uint8Array(image.buffer, 0, bytes) };
  }

  /** See SharedImage.endWrite. */
  end(metadata: WrittenFrameMetadata): void {
    if (!this.#open) throw new Error("endWrite was called without a beginWrite before it.");
    const { buffer, width, height } = this.#open;
    const { layout, extension } = this.#memory;
    this.#open = null;
    layout.setSizeOf(buffer, width, height);
    const publish = () => {
      // In this order: a reader that finds a current buffer other than that of the newest extended frame treats its frame as
      // one of a plain FURY producer. Until the slot is ended, its odd sequence keeps readers away.
      layout.bufferIndex = buffer;
      extension?.slots[buffer]?.end(++this.#frames, metadata);
    };
    if (extension && metadata.camera) extension.camera.publish(metadata.camera, publish);
    else publish();
  }

  #reserve(buffer: number, bytes: number): void {
    if (bytes <= (this.#reserved[buffer] ?? 0)) return;
    this.#memory.images[buffer]?.reserve(bytes);
    this.#reserved[buffer] = bytes;
  }
}
