import { checkFinite, isFiniteRow } from "./event-row.ts";
import { MultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";
import { MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";
import { QueueLock, STALE_LOCK_MS } from "./queue-lock.ts";

/** Bytes of the segment with head, tail and lock. */
export const HEAD_TAIL_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;

const HEAD = 0;
const TAIL = 1;
const LOCK = 2;
const EMPTY = -1;

/** How long a FURY program that runs over our lock is watched, ms. */
const OVERRUN_MS = 2;

/**
 * What became of a row that was offered to a queue. "locked": another process holds the lock at this moment. "gone": the
 * memory was closed here, or made shorter by another process.
 */
export type EnqueueResult = "queued" | "full" | "locked" | "gone";

/** A lock that its holder neither gives back nor dies with: it keeps setting it again. */
export class QueueLockedError extends Error {
  override name = "QueueLockedError";
}

/** The segments of one queue, with their sizes checked. */
export interface QueueMemory {
  readonly segments: readonly MemorySegment[];
  readonly rows: MultiDimensionalBuffer;
  /** Head, tail, lock. */
  readonly words: Int32Array<ArrayBufferLike>;
  /** Whether it was created here, and its names are removed here. */
  readonly owned: boolean;
}

/**
 * Lays an empty queue out in new memory.
 * @throws RangeError for a shape that no queue has; MemoryLayoutError when a segment is too small.
 */
export function createQueueMemory(
  buffer: MemorySegment,
  headTail: MemorySegment,
  shape: { maxSize: number; dimension: number },
): QueueMemory {
  const rows = MultiDimensionalBuffer.create(buffer, shape.maxSize, shape.dimension);
  headTail.reserve(HEAD_TAIL_BYTES);
  const words = headTailWords(headTail);
  words.set([EMPTY, EMPTY, 0]);
  return { segments: [buffer, headTail], rows, words, owned: true };
}

/** @throws MemoryLayoutError when the segments hold no queue. */
export function attachQueueMemory(buffer: MemorySegment, headTail: MemorySegment): QueueMemory {
  const rows = MultiDimensionalBuffer.attach(buffer);
  return { segments: [buffer, headTail], rows, words: headTailWords(headTail), owned: false };
}

function headTailWords(headTail: MemorySegment): Int32Array<ArrayBufferLike> {
  requireSize(headTail, HEAD_TAIL_BYTES, "head, tail and lock of a queue");
  return new Int32Array(headTail.buffer, 0, 3);
}

/**
 * FURY's circular queue in any kind of memory: a ring of float64 rows in one segment; head, tail and lock, int32 each, in
 * another. Empty is head = tail = -1; full when (tail + 1) mod maxSize is head, so it holds exactly maxSize rows.
 *
 * Programs of this project never get in each other's way here. A FURY program sets the lock in two steps, so both sides
 * may believe to have it: that is noticed as far as it can be, and the row is put in again rather than lost (see
 * {@link QueueLock}); {@link tryEnqueueBatch} needs no lock for it. A lock that a dead process left behind is broken
 * after {@link STALE_LOCK_MS}.
 */
export class GenericCircularQueue implements Disposable {
  readonly #memory: QueueMemory;
  readonly #rows: MultiDimensionalBuffer;
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #lock: QueueLock;
  #refused = 0;
  #closed = false;

  protected constructor(memory: QueueMemory) {
    this.#memory = memory;
    this.#rows = memory.rows;
    this.#words = memory.words;
    this.#lock = new QueueLock(this.#words, LOCK);
  }

  /** How many rows it holds when full. */
  get maxSize(): number {
    return this.#rows.maxSize;
  }

  /** Values in a row; 8 for events. */
  get dimension(): number {
    return this.#rows.dimension;
  }

  /** Index of the oldest row; -1 when empty. Any process may have written it: not checked. */
  get head(): number {
    return this.#isGone() ? EMPTY : Atomics.load(this.#words, HEAD);
  }

  /** Index of the newest row; -1 when empty. Not checked, like {@link head}. */
  get tail(): number {
    return this.#isGone() ? EMPTY : Atomics.load(this.#words, TAIL);
  }

  /** Whether there is no row, or no memory any more. */
  get isEmpty(): boolean {
    return this.#isGone() || this.#state().head === EMPTY;
  }

  /** How many rows with NaN or Infinity were taken off and thrown away. */
  get refusedRows(): number {
    return this.#refused;
  }

  /** How many locks of dead processes were broken here. */
  get brokenLocks(): number {
    return this.#lock.broken;
  }

  /** Writes all three words, as FURY's set_head_tail. `lock`: 1 locked, 0 free. */
  setHeadTail(head: number, tail: number, lock = 1): void {
    if (this.#isGone()) throw this.#goneError();
    Atomics.store(this.#words, HEAD, head);
    Atomics.store(this.#words, TAIL, tail);
    Atomics.store(this.#words, LOCK, lock);
  }

  /**
   * Puts a row behind the newest one. Waits for a lock that another process holds, 1 s when that process died.
   * @returns false when the queue is full.
   * @throws EventRowError for NaN or Infinity; RangeError for a row of another length.
   * @throws QueueLockedError when the lock cannot be had; the row is then not in the queue.
   * @throws MemoryLayoutError when the memory is gone.
   */
  enqueue(row: ArrayLike<number>): boolean {
    const deadline = performance.now() + 4 * STALE_LOCK_MS;
    for (;;) {
      const result = this.#offer(row, () => this.lock());
      if (result === "gone") throw this.#goneError();
      if (result !== "locked") return result === "queued";
      if (performance.now() > deadline) throw this.#lockedError();
    }
  }

  /**
   * Like {@link enqueue}, and never waits. A row that is offered again every few ms gets past the lock of a dead process
   * too.
   */
  tryEnqueue(row: ArrayLike<number>): EnqueueResult {
    return this.#offer(row, () => this.#lock.tryAcquire());
  }

  /**
   * Puts rows into a queue that is empty, as many as it holds and all at once, and never waits.
   *
   * For a FURY consumer this is the way in which no row can be lost or come twice, whatever the two do at the same time:
   * its lock is none, but it changes nothing in a queue that it found empty. What {@link enqueue} adds to a queue with
   * rows in it can be lost when the consumer is interrupted in one bad half microsecond.
   * @returns how many rows it took, the first ones; 0 while the queue is not empty, locked or gone.
   * @throws EventRowError for NaN or Infinity; RangeError for a row of another length.
   */
  tryEnqueueBatch(rows: readonly ArrayLike<number>[]): number {
    const batch = rows.slice(0, this.maxSize);
    for (const row of batch) this.#checkRow(row);
    if (batch.length === 0 || this.#isGone()) return 0;
    if (!this.isEmpty) {
      // Its consumer may be waiting behind the lock of a dead process: that is broken for it.
      if (!this.isUnlocked() && this.#lock.tryAcquire()) this.unlock();
      return 0;
    }
    if (!this.#lock.tryAcquire()) return 0;
    const wasEmpty = this.#state().head === EMPTY;
    if (wasEmpty) {
      for (const [index, row] of batch.entries()) this.#rows.set(index, row);
      Atomics.store(this.#words, TAIL, batch.length - 1);
      // Last: with it the rows are there.
      Atomics.store(this.#words, HEAD, 0);
    }
    this.unlock();
    return wasEmpty ? batch.length : 0;
  }

  /**
   * Takes the oldest row off, a copy; null when the queue is empty. Rows with NaN or Infinity are passed over. Waits
   * for a lock like {@link enqueue}.
   * @throws QueueLockedError when the lock cannot be had.
   */
  dequeue(): Float64Array<ArrayBuffer> | null {
    const deadline = performance.now() + 4 * STALE_LOCK_MS;
    while (!this.isEmpty) {
      if (performance.now() > deadline) throw this.#lockedError();
      if (!this.lock()) continue;
      const row = this.#takeLocked();
      this.unlock();
      if (row && isFiniteRow(row)) return row;
      if (row) this.#refused++;
    }
    return null;
  }

  /** Takes the lock, waiting for it; false when it cannot be had within twice {@link STALE_LOCK_MS}. */
  lock(): boolean {
    return !this.#isGone() && this.#lock.acquire();
  }

  /** Frees the lock if it is this queue's; leaves another's alone. */
  unlock(): void {
    if (!this.#isGone()) this.#lock.release();
  }

  isUnlocked(): boolean {
    return this.#isGone() || this.#lock.isUnlocked();
  }

  /** Closes the memory; whoever created it removes its names. May be called twice. */
  cleanup(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const segment of this.#memory.segments) {
      if (this.#memory.owned) segment.unlink();
      segment.close();
    }
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  #checkRow(row: ArrayLike<number>): void {
    if (row.length !== this.dimension) {
      throw new RangeError(`A row of this queue has ${this.dimension} values; this one has ${row.length}.`);
    }
    checkFinite(row);
  }

  #offer(row: ArrayLike<number>, acquire: () => boolean): EnqueueResult {
    this.#checkRow(row);
    if (this.#isGone()) return "gone";
    if (!acquire()) return "locked";
    const { head, tail } = this.#state();
    const next = tail === EMPTY ? 0 : (tail + 1) % this.maxSize;
    if (next === head) {
      this.unlock();
      return "full";
    }
    this.#rows.set(next, row);
    if (!this.#lock.holds()) return "locked";
    Atomics.store(this.#words, TAIL, next);
    if (head === EMPTY) Atomics.store(this.#words, HEAD, next);
    const lost = !this.#lock.holds() && this.#isOverrun(next);
    this.unlock();
    return lost ? "locked" : "queued";
  }

  /**
   * Whether a FURY program that took the lock over our heads has undone that row `next` is the newest one. It works for
   * about 1 us on the head and tail that it read before we changed them; until then it is watched.
   */
  #isOverrun(next: number): boolean {
    const deadline = performance.now() + OVERRUN_MS;
    while (performance.now() < deadline) {
      const { head, tail } = this;
      if (head === next) return false;
      if (tail !== next) return true;
      if (this.#lock.isUnlocked()) return head === EMPTY;
    }
    return false;
  }

  #takeLocked(): Float64Array<ArrayBuffer> | null {
    const { head, tail } = this.#state();
    if (head === EMPTY) return null;
    const row = this.#rows.get(head);
    if (!this.#lock.holds()) return null;
    if (head === tail) {
      Atomics.store(this.#words, HEAD, EMPTY);
      Atomics.store(this.#words, TAIL, EMPTY);
      if (!this.#lock.holds()) this.#recoverRow(head);
    } else {
      Atomics.store(this.#words, HEAD, (head + 1) % this.maxSize);
    }
    return row;
  }

  /**
   * A FURY program that took the lock over our heads may have put a row behind the one at `taken`, which was the last
   * when it looked: then that row alone is in the queue.
   */
  #recoverRow(taken: number): void {
    const deadline = performance.now() + OVERRUN_MS;
    while (!this.#lock.isUnlocked() && performance.now() < deadline);
    const { head, tail } = this;
    const added = (taken + 1) % this.maxSize;
    if (tail === added && (head === EMPTY || head === taken)) Atomics.store(this.#words, HEAD, added);
  }

  /** Head and tail, both -1 where they make no sense: a process may die between the two, or write anything. */
  #state(): { head: number; tail: number } {
    const head = Atomics.load(this.#words, HEAD);
    const tail = Atomics.load(this.#words, TAIL);
    const valid = head >= 0 && head < this.maxSize && tail >= 0 && tail < this.maxSize;
    return valid ? { head, tail } : { head: EMPTY, tail: EMPTY };
  }

  /** Touching memory that another process made shorter would kill this one. */
  #isGone(): boolean {
    return !this.#memory.segments.every((segment) => segment.isCurrent());
  }

  #goneError(): MemoryLayoutError {
    const names = this.#memory.segments.map((segment) => segment.name).join(" and ");
    return new MemoryLayoutError(`The queue in ${names} was closed, or made shorter by another process.`);
  }

  #lockedError(): QueueLockedError {
    return new QueueLockedError(
      `The queue ${this.#memory.segments[0]?.name} is locked again and again by another process; the event was not passed on.`,
    );
  }
}
