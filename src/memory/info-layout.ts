import { MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";

/** Maximum number of image buffers: more sizes would overlap the extension at byte 4096 (info-extension.ts). */
export const MAX_BUFFERS = 510;

/** Word that holds the index of the current buffer. */
export const INDEX_WORD = 3;

/** Word with the width of the frame in buffer 0; its height follows, then the other buffers. */
export const SIZE_WORDS = 4;

/** Bytes of FURY's info segment for n buffers. */
export function furyInfoSize(numBuffers: number): number {
  return (SIZE_WORDS + 2 * numBuffers) * Uint32Array.BYTES_PER_ELEMENT;
}

/**
 * FURY's info segment, uint32:
 *
 * | word | content |
 * |---|---|
 * | 0 | 2 + 2n, for n buffers |
 * | 1 | 1 |
 * | 2 | declared to be the components; never written, reads 0 |
 * | 3 | index of the current buffer |
 * | 4 + 2i, 5 + 2i | width and height in px of the frame in buffer i, 0 until first written |
 *
 * A writer fills buffer (index + 1) mod n, then its width and height, then the index. Nothing read here is checked.
 */
export class InfoLayout {
  readonly #words: Uint32Array<ArrayBufferLike>;

  private constructor(segment: MemorySegment, numBuffers: number) {
    this.#words = new Uint32Array(segment.buffer, 0, SIZE_WORDS + 2 * numBuffers);
  }

  /** Lays the words out in new memory, which is all 0. */
  static create(segment: MemorySegment, numBuffers: number): InfoLayout {
    const layout = new InfoLayout(segment, numBuffers);
    layout.#words[0] = 2 + 2 * numBuffers;
    layout.#words[1] = 1;
    return layout;
  }

  /** @throws MemoryLayoutError when the segment is too small or speaks of another number of buffers. */
  static attach(segment: MemorySegment, numBuffers: number): InfoLayout {
    requireSize(segment, furyInfoSize(numBuffers), `the info of ${numBuffers} image buffers`);
    const layout = new InfoLayout(segment, numBuffers);
    const claimed = layout.#words[0] ?? 0;
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
    return [
      Atomics.load(this.#words, SIZE_WORDS + 2 * buffer),
      Atomics.load(this.#words, SIZE_WORDS + 2 * buffer + 1),
    ];
  }

  setSizeOf(buffer: number, width: number, height: number): void {
    Atomics.store(this.#words, SIZE_WORDS + 2 * buffer, width);
    Atomics.store(this.#words, SIZE_WORDS + 2 * buffer + 1, height);
  }
}
