import { lastSharedMemoryError, type NativeMemory } from "./shared-memory.ts";
import { nativeSignal, pollOnSignal } from "./signal.ts";
import { native, WATCH_MODE } from "./symbols.ts";

/**
 * Calls `onChange` on this thread with the newest value when the 32-bit word has changed; changes in quick succession result in one
 * call. A native thread waits for them. The watch keeps working after memory.close(), does not keep the process alive, and ends
 * with its Worker.
 * @param byteOffset multiple of 4
 * @param mode "futex": the writer calls wakeWord(); wakes within tens of microseconds. "poll": for writers that only store; polls
 *   every 1 ms while the word changes, every 4 ms after 250 ms without a change, and every 10 ms after 2 s.
 * @throws SharedMemoryError if there is no such word
 */
export function watchWord(
  memory: NativeMemory,
  byteOffset: number,
  mode: keyof typeof WATCH_MODE,
  onChange: (value: number) => void,
): { close(): void } {
  const symbols = native();
  const watch = symbols.sc_watch_create(memory.handle, byteOffset, WATCH_MODE[mode], nativeSignal());
  if (watch === null) throw lastSharedMemoryError(0);
  const value = new Uint32Array(1);
  watched.set(watch, memory.buffer);
  return pollOnSignal(
    () => {
      if (symbols.sc_watch_take(watch, value) === 1) onChange(value[0] ?? 0);
    },
    () => {
      symbols.sc_watch_destroy(watch);
      watched.delete(watch);
    },
  );
}

/** References the watched buffers: a SharedArrayBuffer must live while a native thread reads it. */
const watched = new Map<unknown, ArrayBufferLike>();

/**
 * Adds 1 to the word and wakes all its watchers, in all processes.
 * @throws SharedMemoryError if there is no such word, or the segment is attached read-only
 */
export function wakeWord(memory: NativeMemory, byteOffset: number): void {
  if (native().sc_word_wake(memory.handle, byteOffset) < 0) throw lastSharedMemoryError(0);
}
