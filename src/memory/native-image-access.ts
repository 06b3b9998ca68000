import { SharedMemoryError } from "../native/errors.ts";
import { copyUntorn, type IndexGuard, type SequenceGuard } from "../native/frame-copy.ts";
import { wakeWord, watchWord } from "../native/word-watch.ts";
import type { ConsistentCopy, WholeCopy } from "./frame-reader.ts";
import type { ImageMemory } from "./image-memory.ts";
import { INDEX_WORD, SIZE_WORDS } from "./info-layout.ts";

/** Something that goes on until it is closed; closing it twice is fine. */
export interface Closable {
  close(): void;
}

/** How a manager's buffers are copied from, and its words woken and waited for: by the C library, in all kinds of memory. */
export class ImageMemoryAccess implements ConsistentCopy {
  readonly #memory: ImageMemory;

  constructor(memory: ImageMemory) {
    this.#memory = memory;
  }

  bySequence(target: Uint8Array<ArrayBuffer>, buffer: number, sequenceOffset: number): WholeCopy | null {
    return this.#copy(target, buffer, { memory: this.#memory.info, sequenceOffset });
  }

  byIndex(target: Uint8Array<ArrayBuffer>, buffer: number): WholeCopy | null {
    return this.#copy(target, buffer, {
      memory: this.#memory.info,
      indexOffset: INDEX_WORD * Uint32Array.BYTES_PER_ELEMENT,
      stampOffset: (SIZE_WORDS + 2 * buffer) * Uint32Array.BYTES_PER_ELEMENT,
      slot: buffer,
      slots: this.#memory.images.length,
    });
  }

  /** Adds 1 to a word of the info segment and wakes those who wait for it. */
  wake(byteOffset: number): void {
    wakeWord(this.#memory.info, byteOffset);
  }

  /** Calls back on this thread after a word of the info segment changed. Futex: its writers wake; else it is polled. */
  watch(byteOffset: number, mode: "futex" | "poll", onChange: () => void): Closable {
    return watchWord(this.#memory.info, byteOffset, { mode }, onChange);
  }

  #copy(out: Uint8Array, buffer: number, guard: SequenceGuard | IndexGuard): WholeCopy | null {
    const { images, info } = this.#memory;
    const memory = images[buffer];
    if (!memory) return null;
    try {
      // "unproven" is the best that a plain FURY producer with a single buffer can give.
      const result = copyUntorn(out, { memory, byteOffset: 0, byteLength: out.length }, guard);
      return result === "changed" ? null : { same: result === "same" };
    } catch (error) {
      // Cut short between the reader's check and the copy: the reader's next try finds out.
      if (error instanceof SharedMemoryError && !(memory.isCurrent() && info.isCurrent())) return null;
      throw error;
    }
  }
}
