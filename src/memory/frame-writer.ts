import { drawText } from "./bitmap-text.ts";
import { componentsOf, type ImageMemory } from "./image-memory.ts";
import type { WrittenFrameMetadata } from "./info-extension.ts";
import { goneError } from "./memory-segment.ts";

/** A buffer to render into. */
export interface WritableFrame {
  readonly width: number;
  readonly height: number;
  /** width * height pixels in the manager's format, rows bottom-up: the shared memory itself. */
  readonly data: Uint8Array<ArrayBufferLike>;
}

/** Fills the buffers of a manager, one after the other. */
export class FrameWriter {
  readonly #memory: ImageMemory;
  readonly #maxWidth: number;
  readonly #maxHeight: number;
  /** Bytes of each image segment that were reserved. */
  readonly #reserved: number[];
  #open: { buffer: number; width: number; height: number } | null = null;
  #frames: number;

  constructor(memory: ImageMemory, maxSize: readonly [width: number, height: number]) {
    this.#memory = memory;
    [this.#maxWidth, this.#maxHeight] = maxSize;
    this.#reserved = memory.images.map(() => 0);
    this.#frames = memory.extension?.newestFrame ?? 0;
  }

  /** Whether a frame of this size fits into a buffer: its pixels count, not its sides. */
  fits(width: number, height: number): boolean {
    const smallest = Math.min(...this.#memory.images.map((image) => image.size));
    return width * height * componentsOf(this.#memory.format) <= smallest;
  }

  /** See GenericImageBufferManager.reserve. */
  reserve(width: number, height: number): void {
    const bytes = width * height * componentsOf(this.#memory.format);
    for (const buffer of this.#memory.images.keys()) this.#reserve(buffer, bytes);
  }

  /** See GenericImageBufferManager.beginWrite. */
  begin(width: number, height: number): WritableFrame | null {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
      throw new RangeError(
        `A frame of ${width}x${height} px cannot be written; both must be whole numbers from 1 on.`,
      );
    }
    if (this.fits(width, height)) return this.#begin(width, height);
    const notice = this.#begin(this.#maxWidth, this.#maxHeight);
    const components = componentsOf(this.#memory.format);
    drawText({ ...notice, components }, [
      "THIS FRAME IS TOO LARGE",
      `${width} X ${height} PX`,
      "THE BUFFERS HOLD",
      `${this.#maxWidth} X ${this.#maxHeight} PX`,
    ]);
    this.end({});
    return null;
  }

  end(meta: WrittenFrameMetadata): void {
    if (!this.#open) throw new Error("endWrite was called without a beginWrite before it.");
    const { buffer, width, height } = this.#open;
    const { layout, extension } = this.#memory;
    this.#open = null;
    layout.setSizeOf(buffer, width, height);
    const publish = () => {
      // In this order: a reader that finds another buffer current than that of our newest frame takes it for a frame of a
      // program that knows nothing of the extension. Until the slot is ended, its sequence keeps readers away.
      layout.bufferIndex = buffer;
      extension?.endSlot(buffer, ++this.#frames, meta);
    };
    if (extension && meta.camera) extension.publishWithCamera(meta.camera, publish);
    else publish();
  }

  #begin(width: number, height: number): WritableFrame {
    const { images, info, layout, extension, format } = this.#memory;
    const gone = [info, ...images].find((segment) => !segment.isCurrent());
    if (gone) throw goneError(gone);
    const buffer = (layout.bufferIndex + 1) % images.length;
    const image = images[buffer];
    if (!image) throw new Error(`There is no image buffer ${buffer}.`);
    const bytes = width * height * componentsOf(format);
    this.#reserve(buffer, bytes);
    extension?.beginSlot(buffer);
    this.#open = { buffer, width, height };
    return { width, height, data: new Uint8Array(image.buffer, 0, bytes) };
  }

  #reserve(buffer: number, bytes: number): void {
    if (bytes <= (this.#reserved[buffer] ?? 0)) return;
    this.#memory.images[buffer]?.reserve(bytes);
    this.#reserved[buffer] = bytes;
  }
}
