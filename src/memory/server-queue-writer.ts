import type { HeadTail } from "../native/head-tail.ts";
import type { GenericMultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";
import type { QueueLock } from "./queue-lock.ts";

/** Words of the segment that holds a queue's state, int32. */
export const HEAD = 0;
export const TAIL = 1;
export const LOCK = 2;
/** Head and tail of a queue without rows. */
export const EMPTY = -1;

/** What a queue's words say. */
export interface QueueState extends HeadTail {
  /** The words themselves, whether they make sense or not. */
  readonly words: HeadTail;
}

/** Head and tail, both {@link EMPTY} where they make no sense: a process may die between the two, or write anything. */
export function queueState(words: Int32Array<ArrayBufferLike>, maxSize: number): QueueState {
  const head = Atomics.load(words, HEAD);
  const tail = Atomics.load(words, TAIL);
  const valid = head >= 0 && head < maxSize && tail >= 0 && tail < maxSize;
  return { ...(valid ? { head, tail } : { head: EMPTY, tail: EMPTY }), words: { head, tail } };
}

/** What a feeder needs of its queue. */
export interface FedQueue {
  readonly buffer: Pick<GenericMultiDimensionalBuffer, "maxSize" | "get" | "set">;
  /** Head, tail, lock. */
  readonly words: Int32Array<ArrayBufferLike>;
  readonly lock: Pick<QueueLock, "broken" | "tryAcquire" | "holds" | "release" | "isUnlocked">;
  /**
   * Sets head and tail if at that very moment they are `before` and the lock is held; false where it is not so: another ran
   * over the lock, see {@link replaceHeadTail}.
   */
  replace(before: HeadTail, after: HeadTail): boolean;
  /** @throws for a row that this queue cannot take. */
  check(row: ArrayLike<number>): void;
  /** Whether touching the memory would be fatal. */
  isGone(): boolean;
}

/**
 * How a server puts events into a queue whose consumer may be a FURY program. It never waits, and no row is lost, doubled
 * or changed under the consumer's eyes, although FURY's consumer
 * - reads a row in place after it has taken it off and given the lock back: the row taken last is left alone, so one row
 *   less fits, and a queue that was empty starts behind that row instead of at 0;
 * - takes the lock in two steps: when it looked before we locked and goes on afterwards, it either finds our rows, or it
 *   overwrites our lock ({@link QueueLock}) before they are there; then they never are, and are to be offered again;
 * - may be stopped for longer than a lock lives, with the lock set and one row half taken off: behind such a row nothing
 *   is put until it is gone, since the consumer will then leave the queue empty, whatever is in it.
 */
export class ServerQueueWriter {
  readonly #queue: FedQueue;
  /** When the row at each index was put there, performance.now(). */
  readonly #putAt: number[] = [];
  /** The index of the row that was put in last, by this feeder or one before it; -1 before the first. */
  #last: number;
  /** Locks broken, when the queue was last known to have a living consumer or none. */
  #brokenBefore: number;

  constructor(queue: FedQueue) {
    this.#queue = queue;
    this.#last = this.#state().tail;
    this.#brokenBefore = queue.lock.broken;
  }

  /** For how long the oldest row has been waiting for the consumer, ms; 0 when there is none, or none of ours. */
  get waitingMs(): number {
    if (this.#queue.isGone()) return 0;
    const { head } = this.#state();
    const putAt = this.#putAt[head] ?? 0;
    return putAt === 0 ? 0 : performance.now() - putAt;
  }

  /**
   * Puts rows in, as many as there is room for, all at once.
   * @returns how many it took, the first ones; 0 where it is to be tried again: full, locked at this moment, or gone.
   * @throws EventRowError for NaN or Infinity; RangeError for a row of another length.
   */
  offer(rows: readonly ArrayLike<number>[]): number {
    for (const row of rows) this.#queue.check(row);
    if (rows.length === 0 || this.#queue.isGone()) return 0;
    const { lock } = this.#queue;
    // A full queue is left alone, unless its consumer waits behind the lock of a dead process.
    if (this.#room() === 0 && lock.isUnlocked()) return 0;
    if (!lock.tryAcquire()) return 0;
    return this.#locked(0, () => this.#offerLocked(rows));
  }

  /**
   * Has `change` change a copy of the newest row that waits, and puts it back where `change` says true.
   * @returns whether it was done; false also where there is no such row, or the consumer took it meanwhile.
   */
  changeNewest(change: (newest: Float64Array) => boolean): boolean {
    const { lock } = this.#queue;
    if (this.#queue.isGone() || !lock.tryAcquire()) return false;
    return this.#locked(false, () => this.#changeLocked(change));
  }

  /** Runs `work` and releases the lock. Returns `ifGone` if the memory was closed or truncated in the meantime. */
  #locked<Result>(ifGone: Result, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (this.#queue.isGone()) return ifGone;
      throw error;
    } finally {
      if (!this.#queue.isGone()) this.#queue.lock.release();
    }
  }

  #state(): QueueState {
    return queueState(this.#queue.words, this.#queue.buffer.maxSize);
  }

  /** How many rows fit. */
  #room(): number {
    const { maxSize } = this.#queue.buffer;
    const { head, tail } = this.#state();
    if (head === EMPTY) return Math.max(1, maxSize - 1);
    const waiting = ((tail - head + maxSize) % maxSize) + 1;
    return Math.max(0, maxSize - 1 - waiting);
  }

  /** Whether the consumer may be stopped in the middle of taking a row off, after its lock was broken. */
  #mayBeHalfTaken(): boolean {
    if (this.#state().head === EMPTY) this.#brokenBefore = this.#queue.lock.broken;
    return this.#queue.lock.broken > this.#brokenBefore;
  }

  #offerLocked(rows: readonly ArrayLike<number>[]): number {
    const { buffer } = this.#queue;
    const { maxSize } = buffer;
    if (this.#mayBeHalfTaken()) return 0;
    const { head, tail, words } = this.#state();
    const batch = rows.slice(0, this.#room());
    if (batch.length === 0) return 0;
    const first = ((head === EMPTY ? this.#last : tail) + 1) % maxSize;
    const now = performance.now();
    for (const [offset, row] of batch.entries()) {
      const index = (first + offset) % maxSize;
      buffer.set(index, row);
      this.#putAt[index] = now;
    }
    const last = (first + batch.length - 1) % maxSize;
    if (!this.#queue.replace(words, { head: head === EMPTY ? first : head, tail: last })) return 0;
    this.#last = last;
    return batch.length;
  }

  #changeLocked(change: (newest: Float64Array) => boolean): boolean {
    const { buffer, lock } = this.#queue;
    if (this.#mayBeHalfTaken()) return false;
    const { head, tail } = this.#state();
    if (head === EMPTY) return false;
    const newest = buffer.get(tail);
    if (!change(newest) || !lock.holds()) return false;
    buffer.set(tail, newest);
    // Noticed too late to know which of the two rows it took: the change is made once more rather than not at all.
    return lock.holds();
  }
}
