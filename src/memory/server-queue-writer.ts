import { EMPTY, type QueueRing } from "./queue-memory.ts";

/**
 * Enqueues a server's events for a consumer that may be a FURY program. It never waits, and no row is lost, duplicated or
 * overwritten while the consumer reads it, although FURY's consumer
 * - reads a row in place after it has removed it and released the lock: the row removed last is not overwritten, so one row
 *   less fits, and a queue that was empty starts behind that row instead of at 0;
 * - acquires the lock in two steps: if it checked the lock before this writer acquired it, it either finds the new rows, or
 *   overwrites the lock ({@link QueueLock}) before they are published; then they are not, and must be offered again;
 * - may be stopped for longer than {@link STALE_LOCK_MS}, with the lock set and one row half removed: nothing is
 *   appended behind such a row until it is gone, since the consumer will then mark the queue as empty, whatever it contains.
 */
export class ServerQueueWriter {
  readonly #ring: QueueRing;
  /** When the row at each index was written, performance.now(). */
  readonly #writtenAt: number[] = [];
  /** Index of the row that was written last, by this writer or one before it; -1 before the first. */
  #last: number;
  /** Number of broken locks when the queue was last empty, and so had no half-removed row. */
  #brokenBefore: number;

  constructor(ring: QueueRing) {
    this.#ring = ring;
    this.#last = ring.state().tail;
    this.#brokenBefore = ring.memory.lock.broken;
  }

  /** How long the oldest row has been in the queue, ms; 0 if it is empty, or the row was not written by this writer. */
  get waitingMs(): number {
    if (this.#ring.memory.isGone()) return 0;
    const writtenAt = this.#writtenAt[this.#ring.state().head] ?? 0;
    return writtenAt === 0 ? 0 : performance.now() - writtenAt;
  }

  /**
   * Appends as many of the rows as fit, all in one step.
   * @returns the number of appended rows, from the first on; 0 if the queue is full, gone, or locked at this moment.
   * @throws EventRowError for NaN or Infinity; RangeError for a row of another length.
   */
  offer(rows: readonly ArrayLike<number>[]): number {
    for (const row of rows) this.#ring.check(row);
    if (rows.length === 0 || this.#ring.memory.isGone()) return 0;
    const { lock } = this.#ring.memory;
    // The lock of a full queue is not acquired, unless its consumer waits for the lock of a dead process.
    if (this.#room() === 0 && lock.isUnlocked()) return 0;
    if (!lock.tryAcquire()) return 0;
    return this.#locked(0, () => this.#append(rows));
  }

  /**
   * Passes a copy of the newest row to `change`, and writes it back if `change` returns true.
   * @returns whether it was changed; false also if the queue is empty, or the consumer has removed the row in the meantime.
   */
  changeNewest(change: (newest: Float64Array) => boolean): boolean {
    if (this.#ring.memory.isGone() || !this.#ring.memory.lock.tryAcquire()) return false;
    return this.#locked(false, () => this.#change(change));
  }

  /** Runs `action` and releases the lock. Returns `ifGone` if the memory was closed or truncated in the meantime. */
  #locked<Result>(ifGone: Result, action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (this.#ring.memory.isGone()) return ifGone;
      throw error;
    } finally {
      if (!this.#ring.memory.isGone()) this.#ring.memory.lock.release();
    }
  }

  /** Number of rows that fit. */
  #room(): number {
    const { length, maxSize } = this.#ring;
    return Math.max(length === 0 ? 1 : 0, maxSize - 1 - length);
  }

  /** Whether the consumer may be stopped in the middle of removing a row, after its lock was broken. */
  #mayBeHalfRemoved(): boolean {
    if (this.#ring.length === 0) this.#brokenBefore = this.#ring.memory.lock.broken;
    return this.#ring.memory.lock.broken > this.#brokenBefore;
  }

  #append(rows: readonly ArrayLike<number>[]): number {
    if (this.#mayBeHalfRemoved()) return 0;
    const batch = rows.slice(0, this.#room());
    if (batch.length === 0) return 0;
    const { maxSize } = this.#ring;
    const appended = this.#ring.append(batch, (this.#last + 1) % maxSize);
    if (appended === null) return 0;
    this.#last = appended.last;
    const now = performance.now();
    for (const offset of batch.keys()) this.#writtenAt[(appended.first + offset) % maxSize] = now;
    return batch.length;
  }

  #change(change: (newest: Float64Array) => boolean): boolean {
    const { rows, lock } = this.#ring.memory;
    if (this.#mayBeHalfRemoved()) return false;
    const { tail } = this.#ring.state();
    if (tail === EMPTY) return false;
    const newest = rows.get(tail);
    if (!change(newest) || !lock.holds()) return false;
    rows.set(tail, newest);
    // If the lock was overwritten after the write, which of the two rows the consumer has read is unknown: the caller repeats
    // the change, since twice is better than not at all.
    return lock.holds();
  }
}
