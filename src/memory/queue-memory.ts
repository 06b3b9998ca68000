import { type HeadTail, replaceHeadTail } from "../native/head-tail.ts";
import { checkFinite } from "./event-row.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import {
  goneError,
  type MemoryLayoutError,
  type MemorySegment,
  removeSegment,
  requireSize,
} from "./memory-segment.ts";
import { QueueLock } from "./queue-lock.ts";
import type { RowBuffer } from "./row-buffer.ts";

/** Words of the segment with a queue's state, int32. */
export const HEAD = 0;
export const TAIL = 1;
export const LOCK = 2;

/** Head and tail of an empty queue. */
export const EMPTY = -1;

/** Head and tail as read at one moment. */
export interface RingState extends HeadTail {
  /** The words themselves, valid or not. */
  readonly words: HeadTail;
}

/** The memory of a queue, see QueueMemory. */
export interface RingMemory {
  readonly rows: Pick<RowBuffer, "maxSize" | "dimension" | "get" | "set">;
  /** Head, tail, lock. */
  readonly words: Int32Array<ArrayBufferLike>;
  readonly lock: Pick<QueueLock, "broken" | "tryAcquire" | "holds" | "release" | "isUnlocked">;
  /**
   * Sets head and tail, in one step, if they are `before` and the lock is held; false if another process has overwritten
   * one of them.
   */
  replace(before: HeadTail, after: HeadTail): boolean;
  /** Whether the memory was closed here or truncated by another process. Accessing it would then end this process. */
  isGone(): boolean;
}

/**
 * The ring of a queue: rows in one segment; head, tail and lock, int32 each, in another. Empty is head = tail = -1; full
 * is (tail + 1) mod maxSize = head. {@link append} and {@link removeOldest} are called with the lock held.
 */
export class QueueRing {
  readonly memory: RingMemory;

  constructor(memory: RingMemory) {
    this.memory = memory;
  }

  get maxSize(): number {
    return this.memory.rows.maxSize;
  }

  /**
   * Head and tail, both {@link EMPTY} if they are out of range: a process may die between writing the two, or write
   * anything.
   */
  state(): RingState {
    const { maxSize, memory } = this;
    const head = Atomics.load(memory.words, HEAD);
    const tail = Atomics.load(memory.words, TAIL);
    const valid = head >= 0 && head < maxSize && tail >= 0 && tail < maxSize;
    return { ...(valid ? { head, tail } : { head: EMPTY, tail: EMPTY }), words: { head, tail } };
  }

  /** Number of rows in the ring. */
  get length(): number {
    const { maxSize } = this;
    const { head, tail } = this.state();
    return head === EMPTY ? 0 : ((tail - head + maxSize) % maxSize) + 1;
  }

  /**
   * Writes rows behind the newest one and publishes them in one step. The caller has checked that they fit.
   * @param start index of the first row if the queue is empty
   * @returns index of the first and of the last; null if another process has overwritten the lock, and nothing was
   *   published
   */
  append(rows: readonly ArrayLike<number>[], start: number): { first: number; last: number } | null {
    const { maxSize } = this;
    const { head, tail, words } = this.state();
    const first = head === EMPTY ? start : (tail + 1) % maxSize;
    for (const [offset, row] of rows.entries()) this.memory.rows.set((first + offset) % maxSize, row);
    const last = (first + rows.length - 1) % maxSize;
    return this.memory.replace(words, { head: head === EMPTY ? first : head, tail: last })
      ? { first, last }
      : null;
  }

  /** Removes the oldest row and returns a copy; null if the queue is empty or another process has overwritten the lock. */
  removeOldest(): Float64Array<ArrayBuffer> | null {
    const { head, tail, words } = this.state();
    if (head === EMPTY) return null;
    const row = this.memory.rows.get(head);
    const rest = head === tail ? { head: EMPTY, tail: EMPTY } : { head: (head + 1) % this.maxSize, tail };
    return this.memory.replace(words, rest) ? row : null;
  }

  /** @throws RangeError for a row of another length; EventRowError for NaN or Infinity */
  check(row: ArrayLike<number>): void {
    const { dimension } = this.memory.rows;
    if (row.length !== dimension) {
      throw new RangeError(`A row of this queue has ${dimension} values; this one has ${row.length}.`);
    }
    checkFinite(row);
  }
}

const HEAD_TAIL_WORDS = 3;
const HEAD_TAIL_BYTES = HEAD_TAIL_WORDS * Int32Array.BYTES_PER_ELEMENT;

/** The two segments of a queue: its rows, and head, tail and lock. */
export class QueueMemory<Key extends SegmentKey = SegmentKey> implements RingMemory {
  readonly rows: RowBuffer<Key>;
  readonly #backend: MemoryBackend<Key>;
  #memory: HeadTailMemory;
  lock: QueueLock;

  /** Creates the segment of head, tail and lock, or attaches to the one that `key` names. */
  constructor(backend: MemoryBackend<Key>, rows: RowBuffer<Key>, key?: Key) {
    this.rows = rows;
    this.#backend = backend;
    this.#memory = key === undefined ? createHeadTail(backend) : attachHeadTail(backend, key);
    this.lock = new QueueLock(this.words, LOCK);
  }

  get words(): Int32Array<ArrayBufferLike> {
    return this.#memory.words;
  }

  /** Key by which another process or Worker attaches to head, tail and lock. */
  get key(): Key {
    return this.#backend.keyOf(this.#memory.segment);
  }

  /** Name of the segment of head, tail and lock, for messages. */
  get name(): string {
    return this.#memory.segment.name;
  }

  /** Whether the memory was closed here or truncated by another process. Accessing it would then end this process. */
  isGone(): boolean {
    return !(this.#memory.segment.isCurrent() && this.rows.isCurrent());
  }

  goneError(): MemoryLayoutError {
    return goneError(this.#memory.segment);
  }

  /** See native/head_tail.h. */
  replace(before: HeadTail, after: HeadTail): boolean {
    return replaceHeadTail(this.#memory.segment, this.lock.token, before, after);
  }

  /** Closes both segments, and removes their names if they were created here. May be called twice. */
  close(): void {
    this.rows.close();
    this.#memory.opened.dispose();
  }

  /** Replaces head, tail and lock with new ones, and the rows by `recreateRows`. */
  recreate(recreateRows: () => void): void {
    using opening = new DisposableStack();
    const memory = createHeadTail(this.#backend);
    opening.use(memory.opened);
    recreateRows();
    opening.move();
    this.#memory.opened.dispose();
    this.#use(memory);
  }

  /** Attaches to the same head, tail and lock again. @throws the errors of the constructor */
  reattach(): void {
    const { segment, owned } = this.#memory;
    // Kept open: the creator's lock on the segment marks it as in use.
    if (owned && segment.isCurrent()) return;
    this.#use(attachHeadTail(this.#backend, this.key));
    segment.close();
  }

  #use(memory: HeadTailMemory): void {
    this.#memory = memory;
    this.lock = new QueueLock(memory.words, LOCK);
  }
}

interface HeadTailMemory {
  readonly segment: MemorySegment;
  /** Head, tail, lock. */
  readonly words: Int32Array<ArrayBufferLike>;
  /** Whether it was created here, so that its name is removed here. */
  readonly owned: boolean;
  /** Closes the segment, and removes its name if it was created here. */
  readonly opened: DisposableStack;
}

function createHeadTail<Key extends SegmentKey>(backend: MemoryBackend<Key>): HeadTailMemory {
  using opening = new DisposableStack();
  const segment = opening.adopt(backend.create(HEAD_TAIL_BYTES, "headTailBuffer"), removeSegment);
  segment.reserve(HEAD_TAIL_BYTES);
  const words = new Int32Array(segment.buffer, 0, HEAD_TAIL_WORDS);
  words.set([EMPTY, EMPTY, 0]);
  return { segment, words, owned: true, opened: opening.move() };
}

function attachHeadTail<Key extends SegmentKey>(backend: MemoryBackend<Key>, key: Key): HeadTailMemory {
  using opening = new DisposableStack();
  const segment = opening.adopt(backend.attach(key, "headTailBuffer"), () => segment.close());
  requireSize(segment, HEAD_TAIL_BYTES, "head, tail and lock of a queue");
  const words = new Int32Array(segment.buffer, 0, HEAD_TAIL_WORDS);
  return { segment, words, owned: false, opened: opening.move() };
}
