import { SharedMemoryError } from "../native/errors.ts";
import { copyUntorn, type IndexGuard, type SequenceGuard } from "../native/frame-copy.ts";
import { wakeWord, watchWord } from "../native/word-watch.ts";
import type { Closable } from "./closable.ts";
import type { ConsistentCopyResult } from "./frame-reader.ts";
import type { ImageMemory } from "./image-memory.ts";
import { INDEX_WORD, SIZE_WORDS } from "./info-layout.ts";

/** Access to an image's memory through the C library: tear-free copies, and waking and watching of words. */
export class NativeImageAccess {
  readonly #memory: ImageMemory;

  constructor(memory: ImageMemory) {
    this.#memory = memory;
  }

  bySequence(
    target: Uint8Array<ArrayBuffer>,
    buffer: number,
    sequenceOffset: number,
  ): ConsistentCopyResult | null {
    return this.#copy(target, buffer, { memory: this.#memory.info, sequenceOffset });
  }

  byIndex(target: Uint8Array<ArrayBuffer>, buffer: number): ConsistentCopyResult | null {
    return this.#copy(target, buffer, {
      memory: this.#memory.info,
      indexOffset: INDEX_WORD * Uint32Array.BYTES_PER_ELEMENT,
      stampOffset: (SIZE_WORDS + 2 * buffer) * Uint32Array.BYTES_PER_ELEMENT,
      slot: buffer,
      slots: this.#memory.images.length,
    });
  }

  /** Adds 1 to a word of the info segment and wakes the threads that wait for it. */
  wake(byteOffset: number): void {
    wakeWord(this.#memory.info, byteOffset);
  }

  /** Calls back on this thread after a word of the info segment changed. "futex" requires that its writers call {@link wake}. */
  watch(byteOffset: number, mode: "futex" | "poll", onChange: () => void): Closable {
    return watchWord(this.#memory.info, byteOffset, { mode }, onChange);
  }

  #copy(out: Uint8Array, buffer: number, guard: SequenceGuard | IndexGuard): ConsistentCopyResult | null {
    const { images, info } = this.#memory;
    const memory = images[buffer];
    if (!memory) return null;
    try {
      // "unproven" is the best that a plain FURY producer with a single buffer can give.
      const result = copyUntorn(out, { memory, byteOffset: 0, byteLength: out.length }, guard);
      return result === "changed" ? null : { same: result === "same" };
    } catch (error) {
      // Truncated between the reader's check and the copy: the reader's next attempt reports it.
      if (error instanceof SharedMemoryError && !(memory.isCurrent() && info.isCurrent())) return null;
      throw error;
    }
  }
}
