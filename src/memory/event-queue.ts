import { isFiniteRow } from "./event-row.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import { STALE_LOCK_MS } from "./queue-lock.ts";
import { EMPTY, QueueMemory, QueueRing } from "./queue-memory.ts";
import { RowBuffer, type RowShape } from "./row-buffer.ts";
import { ServerQueueWriter } from "./server-queue-writer.ts";

/**
 * Result of offering a row. "locked": another process holds the lock at this moment. "gone": the memory was closed here,
 * or truncated by another process.
 */
export type EnqueueResult = "queued" | "full" | "locked" | "gone";

/** The lock could not be acquired: another process keeps acquiring it. */
export class QueueLockedError extends Error {
  override name = "QueueLockedError";
}

/** Shape of a new queue. Default: 10 rows, as in FURY, of 8 values, which events need. */
export type QueueShape = Partial<RowShape>;

/** Keys by which another process or Worker attaches to a queue. */
export interface QueueKeys<Key extends SegmentKey> {
  rows: Key;
  headTail: Key;
}

/** Time for which {@link EventQueue.enqueue} and {@link EventQueue.dequeue} try to acquire the lock, ms. */
const LOCK_TIMEOUT_MS = 4 * STALE_LOCK_MS;

/**
 * A ring of rows between processes or Workers, in FURY's layout (see native/scenecast_memory.h); it holds exactly
 * maxSize rows.
 *
 * Among programs that use this class every operation is atomic. A FURY program sets the lock in two steps, so both sides
 * may consider it as held; this class then changes nothing and retries (see {@link QueueLock}). A lock that a dead process
 * left set is broken after {@link STALE_LOCK_MS}.
 */
export class EventQueue<Key extends SegmentKey = SegmentKey> implements Disposable {
  /** Enqueues a server's events: it never waits, and protects a consumer that is a FURY program. */
  readonly serverWriter: ServerQueueWriter;
  protected readonly memory: QueueMemory<Key>;
  readonly #ring: QueueRing;
  #refused = 0;

  /**
   * Creates a queue, or attaches to an existing one. `rows`: its rows, if the caller has opened them.
   * @throws the errors of {@link RowBuffer}
   */
  constructor(
    backend: MemoryBackend<Key>,
    from: QueueShape | QueueKeys<Key>,
    rows: RowBuffer<Key> = new RowBuffer(backend, rowsOf(from)),
  ) {
    try {
      this.memory = new QueueMemory(backend, rows, "headTail" in from ? from.headTail : undefined);
    } catch (error) {
      rows.close();
      throw error;
    }
    this.#ring = new QueueRing(this.memory);
    this.serverWriter = new ServerQueueWriter(this.#ring);
  }

  /** Keys by which another process or Worker attaches. */
  get keys(): QueueKeys<Key> {
    return { rows: this.memory.rows.key, headTail: this.memory.key };
  }

  /** Maximum number of rows. */
  get maxSize(): number {
    return this.memory.rows.maxSize;
  }

  /** Values in a row; 8 for events. */
  get dimension(): number {
    return this.memory.rows.dimension;
  }

  /** Whether there is no row, or the memory is gone. */
  get isEmpty(): boolean {
    return this.memory.isGone() || this.#ring.state().head === EMPTY;
  }

  /** Number of rows that were discarded by {@link dequeue} because they contained NaN or Infinity. */
  get refusedRows(): number {
    return this.#refused;
  }

  /** Number of stale locks that were broken here. */
  get brokenLocks(): number {
    return this.memory.lock.broken;
  }

  /**
   * Appends a row. Waits for the lock if another process holds it, for 1 s if that process has died.
   * @returns false if the queue is full.
   * @throws EventRowError for NaN or Infinity; RangeError for a row of another length.
   * @throws QueueLockedError if the lock cannot be acquired; the row is then not in the queue.
   * @throws MemoryLayoutError if the memory is gone.
   */
  enqueue(row: ArrayLike<number>): boolean {
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      const result = this.#offer(row, () => this.#acquire());
      if (result === "gone") throw this.memory.goneError();
      if (result !== "locked") return result === "queued";
      if (performance.now() > deadline) throw this.#lockedError();
    }
  }

  /**
   * Like {@link enqueue}, but never waits. The lock of a dead process is broken if a row is offered again every few ms.
   */
  tryEnqueue(row: ArrayLike<number>): EnqueueResult {
    return this.#offer(row, () => this.memory.lock.tryAcquire());
  }

  /**
   * Removes the oldest row and returns a copy; null if the queue is empty. Rows with NaN or Infinity are discarded. Waits for the
   * lock like {@link enqueue}.
   * @throws QueueLockedError if the lock cannot be acquired.
   */
  dequeue(): Float64Array<ArrayBuffer> | null {
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    while (!this.isEmpty) {
      if (performance.now() > deadline) throw this.#lockedError();
      if (!this.#acquire()) continue;
      const row = this.#ring.removeOldest();
      this.#release();
      if (row && isFiniteRow(row)) return row;
      if (row) this.#refused++;
    }
    return null;
  }

  /** Closes the memory, and removes its names if it was created here. May be called twice. */
  close(): void {
    this.memory.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #offer(row: ArrayLike<number>, acquire: () => boolean): EnqueueResult {
    this.#ring.check(row);
    if (this.memory.isGone()) return "gone";
    if (!acquire()) return "locked";
    const isFull = this.#ring.length === this.maxSize;
    const isQueued = !isFull && this.#ring.append([row], 0) !== null;
    this.#release();
    if (isFull) return "full";
    return isQueued ? "queued" : "locked";
  }

  #acquire(): boolean {
    return !this.memory.isGone() && this.memory.lock.acquire();
  }

  #release(): void {
    if (!this.memory.isGone()) this.memory.lock.release();
  }

  #lockedError(): QueueLockedError {
    return new QueueLockedError(
      `Another process keeps locking the queue with the head and tail in ${this.memory.name}; the event was not passed on.`,
    );
  }
}

/** The rows of a queue: the shape of new ones, or the key of existing ones. */
export function rowsOf<Key extends SegmentKey>(from: QueueShape | QueueKeys<Key>): RowShape | Key {
  return "rows" in from ? from.rows : { maxSize: from.maxSize ?? 10, dimension: from.dimension };
}
