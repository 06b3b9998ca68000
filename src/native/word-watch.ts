import { closeAtExit } from "./close-at-exit.ts";
import type { NativeMemory } from "./local-memory.ts";
import { lastSharedMemoryError } from "./shared-memory.ts";
import { addSignalListener, nativeSignal, removeSignalListener } from "./signal.ts";
import { native, WATCH_MODE } from "./symbols.ts";

export interface WatchOptions {
  /**
   * "futex": the writer calls wakeWord(); wakes within tens of microseconds.
   * "poll": for writers that only store; looks every 1 ms while the word changes, 4 ms after 250 ms of quiet, 10 ms
   * after 5 s.
   */
  mode: "futex" | "poll";
}

/**
 * Calls `onChange` on this thread with the newest value each time the 32-bit word has changed; changes that come
 * faster than this thread looks are one call. A native thread waits. The watch keeps working after memory.close(), does
 * not keep the process alive, and ends with the Worker that it was made in.
 * @param byteOffset multiple of 4
 * @throws SharedMemoryError when there is no such word
 */
export function watchWord(
  memory: NativeMemory,
  byteOffset: number,
  options: WatchOptions,
  onChange: (value: number) => void,
): { close(): void } {
  const symbols = native();
  const watch = symbols.sc_watch_create(memory.handle, byteOffset, WATCH_MODE[options.mode], nativeSignal());
  if (watch === null) throw lastSharedMemoryError(0);
  const value = new Uint32Array(1);
  let open = true;
  const look = () => {
    if (open && symbols.sc_watch_take(watch, value) === 1) onChange(value[0] ?? 0);
  };
  const close = () => {
    if (!open) return;
    open = false;
    removeSignalListener(look);
    forget();
    symbols.sc_watch_destroy(watch);
    watched.delete(watch);
  };
  addSignalListener(look);
  watched.set(watch, memory.buffer);
  const forget = closeAtExit(close);
  return { close };
}

/** Holds SharedArrayBuffers, which nobody else may hold any more, for the native threads that look at them. */
const watched = new Map<unknown, ArrayBufferLike>();

/**
 * Adds 1 to the word and wakes everyone who waits for it, in all processes.
 * @throws SharedMemoryError when there is no such word, or the segment is attached for reading only
 */
export function wakeWord(memory: NativeMemory, byteOffset: number): void {
  if (native().sc_word_wake(memory.handle, byteOffset) < 0) throw lastSharedMemoryError(0);
}
