import { type HeadTail, replaceHeadTail } from "../native/head-tail.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import {
  goneError,
  type MemoryLayoutError,
  type MemorySegment,
  removeSegment,
  requireSize,
} from "./memory-segment.ts";
import { QueueLock } from "./queue-lock.ts";
import { EMPTY, LOCK, type RingMemory } from "./queue-ring.ts";
import type { RowBuffer } from "./row-buffer.ts";

const HEAD_TAIL_WORDS = 3;
const HEAD_TAIL_BYTES = HEAD_TAIL_WORDS * Int32Array.BYTES_PER_ELEMENT;

/** The two segments of a queue: its rows, and head, tail and lock. */
export class QueueMemory<Key extends SegmentKey = SegmentKey> implements RingMemory {
  readonly rows: RowBuffer<Key>;
  readonly #backend: MemoryBackend<Key>;
  #memory: HeadTailMemory;
  #lock: QueueLock;

  /** Creates the segment of head, tail and lock, or attaches to the one that `key` names. */
  constructor(backend: MemoryBackend<Key>, rows: RowBuffer<Key>, key?: Key) {
    this.rows = rows;
    this.#backend = backend;
    this.#memory = key === undefined ? createHeadTail(backend) : attachHeadTail(backend, key);
    this.#lock = new QueueLock(this.words, LOCK);
  }

  get words(): Int32Array<ArrayBufferLike> {
    return this.#memory.words;
  }

  get lock(): QueueLock {
    return this.#lock;
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
    return replaceHeadTail(this.#memory.segment, this.#lock.token, before, after);
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
    this.#lock = new QueueLock(memory.words, LOCK);
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
