import { closeLocalMemory, openLocalMemory } from "../native/local-memory.ts";
import type { Handle } from "../native/symbols.ts";
import { MemoryLayoutError, type MemorySegment } from "./memory-segment.ts";

/**
 * A SharedArrayBuffer as a memory segment, between a program and its Workers: what FURY calls a RawArray. It lives as
 * long as somebody holds it, so there is no name to remove.
 */
export class RawArraySegment implements MemorySegment<SharedArrayBuffer> {
  readonly buffer: SharedArrayBuffer;
  /** What it is called in messages: the option that it is given by. */
  readonly name: string;
  #handle: Handle | undefined;

  /** @throws MemoryLayoutError when `buffer` is no SharedArrayBuffer, or has no bytes. */
  constructor(buffer: SharedArrayBuffer, name: string) {
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength === 0) {
      throw new MemoryLayoutError(
        `${name} must be a SharedArrayBuffer that is not empty: that of a manager or queue in the program or another Worker.`,
      );
    }
    this.buffer = buffer;
    this.name = name;
    this.#handle = openLocalMemory(this, buffer);
  }

  /**
   * New memory of `bytes` zero bytes.
   * @throws RangeError when there is no memory for them.
   */
  static create(bytes: number, name: string): RawArraySegment {
    try {
      return new RawArraySegment(new SharedArrayBuffer(bytes), name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(
        `There is no memory for ${name} of ${(bytes / 2 ** 20).toFixed(1)} MiB: ask for a smaller picture or queue.`,
      );
    }
  }

  get size(): number {
    return this.buffer.byteLength;
  }

  get handle(): Handle {
    if (this.#handle === undefined) throw new MemoryLayoutError(`${this.name} has been closed.`);
    return this.#handle;
  }

  /** Nothing to do: touching it for the first time takes the memory. */
  reserve(): void {}

  isCurrent(): boolean {
    return this.#handle !== undefined;
  }

  /** Never: this program can write into it. */
  isAbandoned(): boolean {
    return false;
  }

  /** Nothing to do: it has no name that others find it by. */
  unlink(): void {}

  /** Idempotent. */
  close(): void {
    if (this.#handle === undefined) return;
    closeLocalMemory(this, this.#handle);
    this.#handle = undefined;
  }
}
