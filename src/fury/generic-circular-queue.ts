import { EventQueue, type QueueKeys, type QueueShape } from "../memory/event-queue.ts";
import type { MemoryBackend, SegmentKey } from "../memory/memory-backend.ts";
import { EMPTY, HEAD, LOCK, TAIL } from "../memory/queue-ring.ts";
import { assertBackend } from "./assert-backend.ts";
import type { GenericMultiDimensionalBuffer } from "./generic-multi-dimensional-buffer.ts";

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
    openRows: () => Rows,
  ) {
    assertBackend(backend, "GenericCircularQueue", ["ArrayCircularQueue", "SharedMemCircularQueue"]);
    const rows = openRows();
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

  /** Takes the lock, waiting for it up to twice {@link STALE_LOCK_MS}; false if that is not enough. */
  lock(): boolean {
    return !this.memory.isGone() && this.memory.lock.acquire();
  }

  /** Releases the lock if this queue holds it; does nothing to another's. */
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
 * Whether these options attach to an existing queue instead of creating one.
 * @throws TypeError if only one of the two keys is given: rows and head of different queues cannot work together
 */
export function isAttachment<Options extends object>(
  options: Options | QueueShape,
  keys: readonly [keyof Options & string, keyof Options & string],
): options is Options {
  const given = keys.filter((key) => (options as Partial<Options>)[key] !== undefined);
  if (given.length === 1) {
    throw new TypeError(`Attaching to a queue needs both ${keys.join(" and ")}; only ${given[0]} was given.`);
  }
  return given.length === 2;
}
