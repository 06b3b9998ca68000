import { SharedMemoryError } from "../native/errors.ts";
import { copyUntorn, type IndexGuard, type SequenceGuard } from "../native/frame-copy.ts";
import { wakeWord, watchWord } from "../native/word-watch.ts";
import type { Closable } from "./closable.ts";
import type { ImageMemory } from "./image-memory.ts";
import { INDEX_OFFSET, sizeOffset } from "./info-layout.ts";

/** A copy without tearing. `unchanged`: the target held exactly these bytes before. */
interface CopyResult {
  readonly unchanged: boolean;
}

/** Access to an image's memory through the C library: tear-free copies, and waking and watching of words. */
export class NativeImageAccess {
  readonly #memory: ImageMemory;

  constructor(memory: ImageMemory) {
    this.#memory = memory;
  }

  /** Copies a buffer, guarded by the sequence word at `sequenceOffset` of the info segment; null if it was overwritten. */
  copyBySequence(target: Uint8Array<ArrayBuffer>, buffer: number, sequenceOffset: number): CopyResult | null {
    return this.#copy(target, buffer, { memory: this.#memory.info, sequenceOffset });
  }

  /** Copies a buffer, guarded by the index and size that a plain FURY producer writes; null if it was overwritten. */
  copyByIndex(target: Uint8Array<ArrayBuffer>, buffer: number): CopyResult | null {
    return this.#copy(target, buffer, {
      memory: this.#memory.info,
      indexOffset: INDEX_OFFSET,
      stampOffset: sizeOffset(buffer),
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
    return watchWord(this.#memory.info, byteOffset, mode, onChange);
  }

  #copy(out: Uint8Array, buffer: number, guard: SequenceGuard | IndexGuard): CopyResult | null {
    const { images, info } = this.#memory;
    const memory = images[buffer];
    if (!memory) return null;
    try {
      // "unproven" is the best possible result for a plain FURY producer with a single buffer.
      const result = copyUntorn(out, { memory, byteOffset: 0, byteLength: out.length }, guard);
      return result === "changed" ? null : { unchanged: result === "same" };
    } catch (error) {
      // Truncated between the reader's check and the copy: the reader's next attempt reports it.
      if (error instanceof SharedMemoryError && !(memory.isCurrent() && info.isCurrent())) return null;
      throw error;
    }
  }
}
