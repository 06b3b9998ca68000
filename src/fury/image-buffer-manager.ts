import type { WrittenFrameMetadata } from "../memory/extension-blocks.ts";
import type { BufferProvider, FrameCopy } from "../memory/frame-reader.ts";
import type { WritableFrame } from "../memory/frame-writer.ts";
import {
  assertList,
  attachImageMemory,
  createImageMemory,
  type ImageKeys,
  type ImageShape,
} from "../memory/image-memory.ts";
import { type MemoryBackend, RAW_ARRAY, type SegmentKey, SHARED_MEMORY } from "../memory/memory-backend.ts";
import { SharedImage } from "../memory/shared-image.ts";
import { writeOversizeNotice } from "../stream/frame-publisher.ts";
import { assertBackend } from "./assert-backend.ts";
import { FrameJpegs } from "./frame-jpegs.ts";

/** FURY's GenericImageBufferManager: a {@link SharedImage} with FURY's names. */
export abstract class GenericImageBufferManager<
  Key extends SegmentKey = SegmentKey,
> extends SharedImage<Key> {
  readonly #jpegs = new FrameJpegs(this, () => this.memory);

  protected constructor(backend: MemoryBackend<Key>, from: ImageShape | ImageKeys<Key>) {
    assertBackend(backend, "GenericImageBufferManager", [
      "RawArrayImageBufferManager",
      "SharedMemImageBufferManager",
    ]);
    super(backend, from);
  }

  /** Index of the newest frame's buffer, as the producer wrote it. */
  get bufferIndex(): number {
    return this.memory.info.isCurrent() ? this.memory.layout.bufferIndex : 0;
  }

  /** Index of the buffer that the next frame is written into. */
  get nextBufferIndex(): number {
    return (this.bufferIndex + 1) % this.numBuffers;
  }

  /** See {@link SharedImage.beginWrite}. A frame that is too large is replaced by an oversize notice. */
  override beginWrite(width: number, height: number): WritableFrame | null {
    const frame = super.beginWrite(width, height);
    if (!frame) writeOversizeNotice(this, width, height);
    return frame;
  }

  /** See {@link SharedImage.write}. A frame that is too large is replaced by an oversize notice. */
  writeInto(width: number, height: number, pixels: Uint8Array, metadata?: WrittenFrameMetadata): void {
    this.write(width, height, pixels, metadata);
  }

  /** See {@link SharedImage.read}. */
  getCurrentFrame(target?: Uint8Array<ArrayBuffer> | BufferProvider): FrameCopy | null {
    return this.read(target);
  }

  /**
   * The newest frame as a JPEG, top row first: quality 95, without chroma subsampling. Null if there is no frame, see
   * {@link problem}. Encodes on this thread; {@link asyncGetJpeg} does not.
   */
  getJpeg(): Uint8Array | null {
    return this.#jpegs.encode();
  }

  /**
   * As {@link getJpeg}, encoded on other threads, at most once every `ms` ms: a call waits for the rest of that time, and
   * concurrent calls get the same bytes. An unchanged frame is not encoded again if its producer numbers its frames. Null if
   * there is no frame, or after cleanup.
   * @throws RangeError if `ms` is not 0 or more.
   */
  asyncGetJpeg(ms = 33): Promise<Uint8Array | null> {
    return this.#jpegs.encodeAsync(ms);
  }

  /** Replaces the memory with new memory of the same shape and no frame. Other processes and watches stay with the old. */
  createMemResource(): void {
    const { maxWindowSize, numBuffers, pixelFormat } = this;
    this.replaceMemory(createImageMemory(this.backend, { maxWindowSize, numBuffers, pixelFormat }));
  }

  /**
   * Attaches to the same memory again.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    const { owned, info, readOnly } = this.memory;
    // Kept open: the creator's lock on the segments marks them as in use.
    if (owned && info.isCurrent()) return;
    this.replaceMemory(attachImageMemory(this.backend, { ...this.keys, readOnly }));
  }

  /** See {@link SharedImage.close}. */
  cleanup(): void {
    this.close();
  }

  override close(): void {
    this.#jpegs.close();
    super.close();
  }
}

/** SharedArrayBuffers that the program or another of its Workers created. */
export interface ImageBuffers {
  imageBuffers: readonly SharedArrayBuffer[];
  infoBuffer: SharedArrayBuffer;
}

/**
 * FURY's RawArrayImageBufferManager: frames between a program and its Workers, in SharedArrayBuffers. The info buffer has
 * the layout of shared memory; FURY's has other words there.
 *
 * @throws RangeError for an invalid size or number of buffers.
 * @throws MemoryLayoutError if the buffers do not have FURY's layout.
 */
export class RawArrayImageBufferManager extends GenericImageBufferManager<SharedArrayBuffer> {
  constructor(options: ImageShape | ImageBuffers = {}) {
    super(
      RAW_ARRAY,
      "infoBuffer" in options ? { images: options.imageBuffers, info: options.infoBuffer } : options,
    );
  }

  get imageBuffers(): readonly SharedArrayBuffer[] {
    return this.keys.images;
  }

  get infoBuffer(): SharedArrayBuffer {
    return this.keys.info;
  }

  /** The buffers by which a Worker attaches: send them with postMessage. */
  get buffers(): ImageBuffers {
    return { imageBuffers: this.imageBuffers, infoBuffer: this.infoBuffer };
  }
}

/** Names of segments that another process created. */
export interface AttachImageBuffers extends Pick<ImageKeys<string>, "readOnly"> {
  imageBufferNames: readonly string[];
  infoBufferName: string;
}

/**
 * FURY's SharedMemImageBufferManager: frames between processes, in POSIX shared memory.
 *
 * @throws RangeError for an invalid size or number of buffers.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segments do not have FURY's layout.
 */
export class SharedMemImageBufferManager extends GenericImageBufferManager<string> {
  constructor(options: ImageShape | AttachImageBuffers = {}) {
    super(
      SHARED_MEMORY,
      "infoBufferName" in options
        ? {
            images: assertList(options.imageBufferNames, "imageBufferNames"),
            info: options.infoBufferName,
            readOnly: options.readOnly,
          }
        : options,
    );
  }

  get imageBufferNames(): readonly string[] {
    return this.keys.images;
  }

  get infoBufferName(): string {
    return this.keys.info;
  }

  /** The names by which another process attaches, under FURY's JSON keys. */
  get names(): { image_buffer_names: string[]; info_buffer_name: string } {
    return { image_buffer_names: [...this.imageBufferNames], info_buffer_name: this.infoBufferName };
  }
}
