import { INFO_LAYOUT } from "./layout.generated.ts";
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
