import { CameraBlock } from "./camera-block.ts";
import {
  EXTENSION_LAYOUT,
  EXTENSION_START,
  MAGIC,
  PAGE_BYTES,
  PIXEL_FORMAT,
  SLOT_LAYOUT,
  VERSION,
} from "./layout.generated.ts";
import type { MemorySegment } from "./memory-segment.ts";
import { type PixelFormat, SlotBlock } from "./slot-block.ts";

/** Bytes of an info segment with the extension: whole pages, two of them for up to 60 buffers. */
export function extendedInfoSize(numBuffers: number): number {
  return PAGE_BYTES * Math.ceil((EXTENSION_START + extensionBytes(numBuffers)) / PAGE_BYTES);
}

/** Byte offsets of the futex words in the info segment. */
export const FRAME_WORD_OFFSET = EXTENSION_START + EXTENSION_LAYOUT.frameWord;
export const RENDERER_WORD_OFFSET = EXTENSION_START + EXTENSION_LAYOUT.rendererWord;

const FORMATS = Object.keys(PIXEL_FORMAT) as PixelFormat[];

/**
 * The extension of an info segment (struct scenecast_extension of native/scenecast_memory.h). A reader that does not know
 * it sees plain FURY. Everything read is checked, since any process may have written it.
 */
export class InfoExtension {
  readonly camera: CameraBlock;
  /** One for each buffer. */
  readonly slots: readonly SlotBlock[];
  readonly #words: Uint32Array<ArrayBufferLike>;

  private constructor(segment: MemorySegment, numBuffers: number) {
    const words = extensionBytes(numBuffers) / Uint32Array.BYTES_PER_ELEMENT;
    this.#words = new Uint32Array(segment.buffer, EXTENSION_START, words);
    this.camera = new CameraBlock(segment.buffer);
    this.slots = Array.from({ length: numBuffers }, (_, buffer) => new SlotBlock(segment.buffer, buffer));
  }

  static create(
    segment: MemorySegment,
    options: { numBuffers: number; format: PixelFormat; maxWidth: number; maxHeight: number },
  ): InfoExtension {
    const extension = new InfoExtension(segment, options.numBuffers);
    extension.store("version", VERSION);
    extension.store("numBuffers", options.numBuffers);
    extension.store("pixelFormat", PIXEL_FORMAT[options.format]);
    extension.store("maxWidth", options.maxWidth);
    extension.store("maxHeight", options.maxHeight);
    extension.store("pid", process.pid);
    magicOf(segment).set(Buffer.from(MAGIC, "latin1"));
    return extension;
  }

  /** The extension, if the segment has one of a known version for this number of buffers; null for plain FURY. */
  static attach(segment: MemorySegment, numBuffers: number): InfoExtension | null {
    if (segment.size < extendedInfoSize(numBuffers)) return null;
    const extension = new InfoExtension(segment, numBuffers);
    const known =
      Buffer.from(magicOf(segment)).toString("latin1") === MAGIC &&
      extension.load("version") === VERSION &&
      extension.load("numBuffers") === numBuffers &&
      FORMATS[extension.load("pixelFormat")] !== undefined;
    return known ? extension : null;
  }

  get format(): PixelFormat {
    return FORMATS[this.load("pixelFormat")] ?? "rgb";
  }

  /** The number of the newest frame; null before the first. */
  get newestFrame(): number | null {
    const newest = Math.max(...this.slots.map((slot) => slot.frame ?? 0));
    return newest > 0 ? newest : null;
  }

  load(field: WordField): number {
    return Atomics.load(this.#words, wordOf(field));
  }

  store(field: WordField, value: number): void {
    Atomics.store(this.#words, wordOf(field), value);
  }

  increment(field: WordField): void {
    Atomics.add(this.#words, wordOf(field), 1);
  }
}

/** An uint32 of the extension, see native/scenecast_memory.h. */
export type WordField = Exclude<keyof typeof EXTENSION_LAYOUT, "magic" | "camera" | "slots" | "bytes">;

function wordOf(field: WordField): number {
  return EXTENSION_LAYOUT[field] / Uint32Array.BYTES_PER_ELEMENT;
}

function magicOf(segment: MemorySegment): Uint8Array<ArrayBufferLike> {
  return new Uint8Array(segment.buffer, EXTENSION_START + EXTENSION_LAYOUT.magic, MAGIC.length);
}

function extensionBytes(numBuffers: number): number {
  return EXTENSION_LAYOUT.bytes + SLOT_LAYOUT.bytes * numBuffers;
}
