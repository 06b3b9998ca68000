import { CameraBlock, type PixelFormat, SlotBlock } from "./extension-blocks.ts";
import {
  EXTENSION_LAYOUT,
  EXTENSION_START,
  INFO_LAYOUT,
  MAGIC,
  PAGE_BYTES,
  PIXEL_FORMAT,
  SLOT_LAYOUT,
  VERSION,
} from "./layout.generated.ts";
import { MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** Byte offset of the index of the current buffer. */
export const INDEX_OFFSET = INFO_LAYOUT.currentBuffer;

const INDEX_WORD = INFO_LAYOUT.currentBuffer / WORD_BYTES;
const SIZE_WORDS = INFO_LAYOUT.sizes / WORD_BYTES;

/** Byte offset of width and height of the frame in a buffer. */
export function sizeOffset(buffer: number): number {
  return INFO_LAYOUT.sizes + 2 * WORD_BYTES * buffer;
}

/**
 * FURY's part of an info segment (struct scenecast_info of native/scenecast_memory.h). Nothing that is read here is checked.
 */
export class InfoLayout {
  readonly #words: Uint32Array<ArrayBufferLike>;

  private constructor(segment: MemorySegment, numBuffers: number) {
    this.#words = new Uint32Array(segment.buffer, 0, SIZE_WORDS + 2 * numBuffers);
  }

  /** Writes the constant words into new memory, which is all 0. */
  static create(segment: MemorySegment, numBuffers: number): InfoLayout {
    const layout = new InfoLayout(segment, numBuffers);
    layout.#words[INFO_LAYOUT.numValues / WORD_BYTES] = 2 + 2 * numBuffers;
    layout.#words[INFO_LAYOUT.numArrays / WORD_BYTES] = 1;
    return layout;
  }

  /** @throws MemoryLayoutError if the segment is too small, or is one for another number of buffers */
  static attach(segment: MemorySegment, numBuffers: number): InfoLayout {
    requireSize(segment, sizeOffset(numBuffers), `the info of ${numBuffers} image buffers`);
    const layout = new InfoLayout(segment, numBuffers);
    const claimed = layout.#words[INFO_LAYOUT.numValues / WORD_BYTES] ?? 0;
    if (claimed !== 2 + 2 * numBuffers) {
      throw new MemoryLayoutError(
        `The info segment ${segment.name} starts with ${claimed}, but for ${numBuffers} image buffers it must be ` +
          `${2 + 2 * numBuffers}. Check the names, and that all image buffers are given.`,
      );
    }
    return layout;
  }

  get bufferIndex(): number {
    return Atomics.load(this.#words, INDEX_WORD);
  }

  set bufferIndex(index: number) {
    Atomics.store(this.#words, INDEX_WORD, index);
  }

  /** Width and height in px of the frame in a buffer; 0, 0 before the first. */
  sizeOf(buffer: number): [width: number, height: number] {
    const word = SIZE_WORDS + 2 * buffer;
    return [Atomics.load(this.#words, word), Atomics.load(this.#words, word + 1)];
  }

  setSizeOf(buffer: number, width: number, height: number): void {
    const word = SIZE_WORDS + 2 * buffer;
    Atomics.store(this.#words, word, width);
    Atomics.store(this.#words, word + 1, height);
  }
}

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

/** A uint32 of the extension, see native/scenecast_memory.h. */
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
