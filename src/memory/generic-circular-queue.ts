import { type HeadTail, replaceHeadTail } from "../native/head-tail.ts";
import { checkFinite, isFiniteRow } from "./event-row.ts";
import type { GenericMultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";
import { assertMemoryKind, type MemoryBackend, type OpenSegment } from "./memory-backend.ts";
import { goneError, type MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";
import { openSegments } from "./open-segments.ts";
import { QueueLock, STALE_LOCK_MS } from "./queue-lock.ts";
import {
  EMPTY,
  HEAD,
  LOCK,
  type QueueState,
  queueState,
  ServerQueueWriter,
  TAIL,
} from "./server-queue-writer.ts";

const HEAD_TAIL_WORDS = 3;
const HEAD_TAIL_BYTES = HEAD_TAIL_WORDS * Int32Array.BYTES_PER_ELEMENT;

/**
 * What became of a row that was offered to a queue. "locked": another process holds the lock at this moment. "gone": the
 * memory was closed here, or made shorter by another process.
 */
export type EnqueueResult = "queued" | "full" | "locked" | "gone";

/** A lock that its holder neither gives back nor dies with: it keeps setting it again. */
export class QueueLockedError extends Error {
  override name = "QueueLockedError";
}

/** A new queue. */
export interface CreateQueue {
  /** How many rows it holds. Default 10, as FURY. */
  maxSize?: number;
  /** Values in a row. Default 8, which events need. */
  dimension?: number;
}

/**
 * FURY's circular queue in any kind of memory: a ring of float64 rows in one segment; head, tail and lock, int32 each, in
 * another. Empty is head = tail = -1; full when (tail + 1) mod maxSize is head, so it holds exactly maxSize rows.
 *
 * Programs of this project never get in each other's way here. A FURY program sets the lock in two steps, so both sides
 * may believe to have it: ours then changes nothing and tries again (see {@link QueueLock}; {@link feeder} also minds how
 * FURY's consumer reads). A lock that a dead process left behind is broken after {@link STALE_LOCK_MS}.
 */
export abstract class GenericCircularQueue<
  Memory extends ArrayBufferLike = ArrayBufferLike,
  Rows extends GenericMultiDimensionalBuffer<Memory> = GenericMultiDimensionalBuffer<Memory>,
> implements Disposable
{
  /** The rows. In a queue they are under its lock: read and written by {@link enqueue} and {@link dequeue}. */
  readonly buffer: Rows;
  /** The way in for the events of a server, which must not wait and whose consumer may be a FURY program. */
  readonly feeder: ServerQueueWriter;
  readonly #kind: MemoryBackend<Memory>;
  #headTail: HeadTailMemory<Memory>;
  #lock: QueueLock;
  #refused = 0;

  /** `rows` and, where somebody else made the queue, `headTail` open its memory. */
  protected constructor(kind: MemoryBackend<Memory>, rows: () => Rows, headTail?: OpenSegment<Memory>) {
    assertMemoryKind(kind, "GenericCircularQueue", ["ArrayCircularQueue", "SharedMemCircularQueue"]);
    this.#kind = kind;
    this.buffer = rows();
    try {
      this.#headTail = headTail ? attachHeadTail(headTail) : createHeadTail(kind);
    } catch (error) {
      this.buffer.cleanup();
      throw error;
    }
    this.#lock = new QueueLock(this.#headTail.words, LOCK);
    this.feeder = this.#createFeeder();
  }

  /** How many rows it holds when full. */
  get maxSize(): number {
    return this.buffer.maxSize;
  }

  /** Values in a row; 8 for events. */
  get dimension(): number {
    return this.buffer.dimension;
  }

  /** Index of the oldest row; -1 when empty. Any process may have written it: not checked. */
  get head(): number {
    return this.#isGone() ? EMPTY : Atomics.load(this.#headTail.words, HEAD);
  }

  /** @throws MemoryLayoutError if the memory is gone. */
  set head(index: number) {
    this.#setWord(HEAD, index);
  }

  /** Index of the newest row; -1 when empty. Not checked, like {@link head}. */
  get tail(): number {
    return this.#isGone() ? EMPTY : Atomics.load(this.#headTail.words, TAIL);
  }

  /** @throws MemoryLayoutError if the memory is gone. */
  set tail(index: number) {
    this.#setWord(TAIL, index);
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
    this.#setWord(HEAD, head);
    this.#setWord(TAIL, tail);
    this.#setWord(LOCK, lock);
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

  /** Makes new memory of the same shape with no row in it, and lets the old go. */
  createMemResource(): void {
    const headTail = createHeadTail(this.#kind);
    try {
      this.buffer.createMemResource();
    } catch (error) {
      release(headTail);
      throw error;
    }
    release(this.#headTail);
    this.#use(headTail);
  }

  /**
   * Attaches again to the memory that the options named, or that was made here last.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    this.buffer.loadMemResource();
    const { segment, owned } = this.#headTail;
    // What was made here is kept open: its maker's lock on it says that it is not left over.
    if (owned && segment.isCurrent()) return;
    this.#use(attachHeadTail(() => this.#kind.reopen(segment)));
    segment.close();
  }

  /** Closes the memory; whoever created it removes its names. May be called twice. */
  cleanup(): void {
    this.buffer.cleanup();
    release(this.#headTail);
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** Head, tail and lock. */
  protected get headTailSegment(): MemorySegment<Memory> {
    return this.#headTail.segment;
  }

  #setWord(word: number, value: number): void {
    if (this.#isGone()) throw this.#goneError();
    Atomics.store(this.#headTail.words, word, value);
  }

  #use(headTail: HeadTailMemory<Memory>): void {
    this.#headTail = headTail;
    this.#lock = new QueueLock(headTail.words, LOCK);
  }

  /** Every property as it is at the time: the memory may be made anew. */
  #createFeeder(): ServerQueueWriter {
    const words = () => this.#headTail.words;
    const lock = () => this.#lock;
    return new ServerQueueWriter({
      buffer: this.buffer,
      get words() {
        return words();
      },
      get lock() {
        return lock();
      },
      replace: (before, after) => this.#replace(before, after),
      check: (row) => this.#checkRow(row),
      isGone: () => this.#isGone(),
    });
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
    const { head, tail, words } = this.#state();
    const next = tail === EMPTY ? 0 : (tail + 1) % this.maxSize;
    if (next === head) {
      this.unlock();
      return "full";
    }
    this.buffer.set(next, row);
    const isQueued = this.#replace(words, { head: head === EMPTY ? next : head, tail: next });
    this.unlock();
    return isQueued ? "queued" : "locked";
  }

  #takeLocked(): Float64Array<ArrayBuffer> | null {
    const { head, tail, words } = this.#state();
    if (head === EMPTY) return null;
    const row = this.buffer.get(head);
    const rest = head === tail ? { head: EMPTY, tail: EMPTY } : { head: (head + 1) % this.maxSize, tail };
    return this.#replace(words, rest) ? row : null;
  }

  #replace(before: HeadTail, after: HeadTail): boolean {
    return replaceHeadTail(this.#headTail.segment, this.#lock.token, before, after);
  }

  #state(): QueueState {
    return queueState(this.#headTail.words, this.maxSize);
  }

  /** Touching memory that another process made shorter would kill this one. */
  #isGone(): boolean {
    return !(this.#headTail.segment.isCurrent() && this.buffer.isCurrent());
  }

  #goneError(): MemoryLayoutError {
    return goneError(this.#headTail.segment);
  }

  #lockedError(): QueueLockedError {
    return new QueueLockedError(
      `The queue with the head and tail in ${this.#headTail.segment.name} is locked again and again by another process; the event was not passed on.`,
    );
  }
}

interface HeadTailMemory<Memory extends ArrayBufferLike> {
  readonly segment: MemorySegment<Memory>;
  /** Head, tail, lock. */
  readonly words: Int32Array<Memory>;
  /** Whether it was created here, and its name is removed here. */
  readonly owned: boolean;
}

/** Of an empty queue. */
function createHeadTail<Memory extends ArrayBufferLike>(kind: MemoryBackend<Memory>): HeadTailMemory<Memory> {
  return openSegments(true, (open) => {
    const segment = open(kind.create(HEAD_TAIL_BYTES, "headTailBuffer"));
    segment.reserve(HEAD_TAIL_BYTES);
    const words = new Int32Array(segment.buffer, 0, HEAD_TAIL_WORDS);
    words.set([EMPTY, EMPTY, 0]);
    return { segment, words, owned: true };
  });
}

function attachHeadTail<Memory extends ArrayBufferLike>(attach: OpenSegment<Memory>): HeadTailMemory<Memory> {
  return openSegments(false, (open) => {
    const segment = open(attach());
    requireSize(segment, HEAD_TAIL_BYTES, "head, tail and lock of a queue");
    return { segment, words: new Int32Array(segment.buffer, 0, HEAD_TAIL_WORDS), owned: false };
  });
}

function release({ segment, owned }: HeadTailMemory<ArrayBufferLike>): void {
  if (owned) segment.unlink();
  segment.close();
}

/**
 * Whether these options attach to an existing queue instead of creating one.
 * @throws TypeError if only one of the two keys is given: rows and head of different queues cannot work together
 */
export function isAttachment<Options extends object>(
  options: Options | CreateQueue,
  keys: readonly [keyof Options & string, keyof Options & string],
): options is Options {
  const given = keys.filter((key) => (options as Partial<Options>)[key] !== undefined);
  if (given.length === 1) {
    throw new TypeError(`Attaching to a queue needs both ${keys.join(" and ")}; only ${given[0]} was given.`);
  }
  return given.length === 2;
}
