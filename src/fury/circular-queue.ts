import { EventQueue, type QueueKeys, type QueueShape, rowsOf } from "../memory/event-queue.ts";
import { type MemoryBackend, RAW_ARRAY, type SegmentKey, SHARED_MEMORY } from "../memory/memory-backend.ts";
import { EMPTY, HEAD, LOCK, TAIL } from "../memory/queue-memory.ts";
import { isRowShape, type RowShape } from "../memory/row-buffer.ts";
import { assertBackend } from "./assert-backend.ts";
import {
  type GenericMultiDimensionalBuffer,
  RawArrayMultiDimensionalBuffer,
  SharedMemMultiDimensionalBuffer,
} from "./multi-dimensional-buffer.ts";

/** FURY's GenericCircularQueue: an {@link EventQueue} with FURY's names. */
export abstract class GenericCircularQueue<
  Key extends SegmentKey = SegmentKey,
  Rows extends GenericMultiDimensionalBuffer<Key> = GenericMultiDimensionalBuffer<Key>,
> extends EventQueue<Key> {
  /** The rows. {@link enqueue} and {@link dequeue} access them under the queue's lock. */
  readonly buffer: Rows;

  /** `openRows` creates the rows or attaches to them. */
  protected constructor(
    backend: MemoryBackend<Key>,
    from: QueueShape | QueueKeys<Key>,
    openRows: (from: RowShape | Key) => Rows,
  ) {
    assertBackend(backend, "GenericCircularQueue", ["ArrayCircularQueue", "SharedMemCircularQueue"]);
    const rows = openRows(rowsOf(from));
    super(backend, from, rows);
    this.buffer = rows;
  }

  /** Index of the oldest row; -1 when empty. Any process may have written it: not checked. */
  get head(): number {
    return this.#word(HEAD);
  }

  /** @throws MemoryLayoutError if the memory is gone. */
  set head(index: number) {
    this.#setWord(HEAD, index);
  }

  /** Index of the newest row; -1 when empty. Not checked, like {@link head}. */
  get tail(): number {
    return this.#word(TAIL);
  }

  /** @throws MemoryLayoutError if the memory is gone. */
  set tail(index: number) {
    this.#setWord(TAIL, index);
  }

  /** Writes all three words, as FURY's set_head_tail. `lock`: 1 locked, 0 free. */
  setHeadTail(head: number, tail: number, lock = 1): void {
    this.#setWord(HEAD, head);
    this.#setWord(TAIL, tail);
    this.#setWord(LOCK, lock);
  }

  /** Acquires the lock, waiting for it up to twice {@link STALE_LOCK_MS}; false after that. */
  lock(): boolean {
    return !this.memory.isGone() && this.memory.lock.acquire();
  }

  /** Releases the lock if this queue holds it; a lock of another holder stays set. */
  unlock(): void {
    if (!this.memory.isGone()) this.memory.lock.release();
  }

  isUnlocked(): boolean {
    return this.memory.isGone() || this.memory.lock.isUnlocked();
  }

  /** Replaces the memory with new memory of the same shape and no row in it. */
  createMemResource(): void {
    this.memory.recreate(() => this.buffer.createMemResource());
  }

  /**
   * Attaches to the same memory again.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    this.buffer.loadMemResource();
    this.memory.reattach();
  }

  /** See {@link EventQueue.close}. */
  cleanup(): void {
    this.close();
  }

  #word(word: number): number {
    return this.memory.isGone() ? EMPTY : Atomics.load(this.memory.words, word);
  }

  #setWord(word: number, value: number): void {
    if (this.memory.isGone()) throw this.memory.goneError();
    Atomics.store(this.memory.words, word, value);
  }
}

/**
 * The keys of an existing queue, if a queue's options contain them under these names; else the options as the shape of a new one.
 * @throws TypeError if only one of the two keys is given: rows and head of different queues cannot work together
 */
function keysOrShape<Key extends SegmentKey>(
  options: QueueShape | object,
  rowsName: string,
  headTailName: string,
): QueueKeys<Key> | QueueShape {
  const { [rowsName]: rows, [headTailName]: headTail } = options as Partial<Record<string, Key>>;
  if (rows !== undefined && headTail !== undefined) return { rows, headTail };
  if (rows === undefined && headTail === undefined) return options;
  const given = rows === undefined ? headTailName : rowsName;
  throw new TypeError(
    `Attaching to a queue needs both ${rowsName} and ${headTailName}; only ${given} was given.`,
  );
}

/** SharedArrayBuffers that the program or another of its Workers created. */
export interface QueueBuffers {
  /** The rows: `queue.buffer.buffer`. */
  buffer: SharedArrayBuffer;
  /** Head, tail and lock. */
  headTailBuffer: SharedArrayBuffer;
}

/**
 * FURY's ArrayCircularQueue: events between a program and its Workers, in SharedArrayBuffers.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two buffers is given.
 * @throws MemoryLayoutError if the buffers do not have FURY's layout.
 */
export class ArrayCircularQueue extends GenericCircularQueue<
  SharedArrayBuffer,
  RawArrayMultiDimensionalBuffer
> {
  constructor(options: QueueShape | QueueBuffers = {}) {
    super(
      RAW_ARRAY,
      keysOrShape<SharedArrayBuffer>(options, "buffer", "headTailBuffer"),
      (from) => new RawArrayMultiDimensionalBuffer(isRowShape(from) ? from : { buffer: from }),
    );
  }

  /** Head, tail and lock. */
  get headTailBuffer(): SharedArrayBuffer {
    return this.keys.headTail;
  }

  /** The buffers by which a Worker attaches: send them with postMessage. */
  get buffers(): QueueBuffers {
    return { buffer: this.buffer.buffer, headTailBuffer: this.headTailBuffer };
  }
}

/**
 * FURY's SharedMemCircularQueue: events between processes, in POSIX shared memory.
 *
 * @throws RangeError for an invalid shape; TypeError if only one of the two names is given.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segments do not have FURY's layout.
 */
export class SharedMemCircularQueue extends GenericCircularQueue<string, SharedMemMultiDimensionalBuffer> {
  /** `bufferName`, `headTailBufferName`: names of segments that another process created. */
  constructor(options: QueueShape | { bufferName: string; headTailBufferName: string } = {}) {
    super(
      SHARED_MEMORY,
      keysOrShape<string>(options, "bufferName", "headTailBufferName"),
      (from) => new SharedMemMultiDimensionalBuffer(isRowShape(from) ? from : { bufferName: from }),
    );
  }

  get bufferName(): string {
    return this.keys.rows;
  }

  get headTailBufferName(): string {
    return this.keys.headTail;
  }

  /** The names by which another process attaches, under FURY's JSON keys. */
  get names(): { queue_buffer_name: string; queue_head_tail_buffer_name: string } {
    return { queue_buffer_name: this.bufferName, queue_head_tail_buffer_name: this.headTailBufferName };
  }
}
