import { SharedMemoryError } from "../native/errors.ts";
import { copyUntorn, type IndexGuard, type SequenceGuard } from "../native/frame-copy.ts";
import type { SharedMemory } from "../native/shared-memory.ts";
import { wakeWord, watchWord } from "../native/word-watch.ts";
import type { ImageMemoryAccess } from "./generic-image-buffer-manager.ts";
import { INDEX_WORD, SIZE_WORDS } from "./info-layout.ts";

/** How POSIX shared memory is copied from and waited for: by the C library. */
export function sharedMemAccess(images: readonly SharedMemory[], info: SharedMemory): ImageMemoryAccess {
  function copy(out: Uint8Array, buffer: number, guard: SequenceGuard | IndexGuard): boolean {
    const memory = images[buffer];
    if (!memory) return false;
    try {
      // "unproven" is the best that a plain FURY producer with a single buffer can give.
      return copyUntorn(out, { memory, byteOffset: 0, byteLength: out.length }, guard) !== "changed";
    } catch (error) {
      // Cut short between the reader's check and the copy: the reader's next try finds out.
      if (error instanceof SharedMemoryError && !(memory.isCurrent() && info.isCurrent())) return false;
      throw error;
    }
  }
  return {
    bySequence: (target, buffer, sequenceOffset) => copy(target, buffer, { memory: info, sequenceOffset }),
    byIndex: (target, buffer) =>
      copy(target, buffer, {
        memory: info,
        indexOffset: INDEX_WORD * Uint32Array.BYTES_PER_ELEMENT,
        stampOffset: (SIZE_WORDS + 2 * buffer) * Uint32Array.BYTES_PER_ELEMENT,
        slot: buffer,
        slots: images.length,
      }),
    wake: (byteOffset) => wakeWord(info, byteOffset),
    watch: (byteOffset, mode, onChange) => watchWord(info, byteOffset, { mode }, onChange),
  };
}
