import { SharedMemoryError } from "./errors.ts";
import { lastSharedMemoryError, type NativeMemory } from "./shared-memory.ts";
import { native } from "./symbols.ts";

/** Two words of FURY's circular queue, int32: indices of its oldest and its newest row. */
export interface HeadTail {
  readonly head: number;
  readonly tail: number;
}

/** Bytes of head, tail and lock. */
const SIZE = 12;

/**
 * Atomically sets head and tail at the start of `memory`, if they are `before` and the word after them, the lock, is `lock`; see
 * native/head_tail.h. Returns whether it did.
 * @throws SharedMemoryError if the memory is too small or closed
 */
export function replaceHeadTail(
  memory: NativeMemory,
  lock: number,
  before: HeadTail,
  after: HeadTail,
): boolean {
  const code = native().sc_head_tail_replace(
    memory.handle,
    checked(lock),
    checked(before.head),
    checked(before.tail),
    checked(after.head),
    checked(after.tail),
  );
  if (code < 0) throw lastSharedMemoryError(SIZE);
  return code === 1;
}

// bun:ffi converts NaN to another number silently.
function checked(word: number): number {
  if (word !== (word | 0)) throw new SharedMemoryError(`${word} is not a 32-bit integer.`);
  return word;
}
