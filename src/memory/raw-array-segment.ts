import { closeLocalMemory, openLocalMemory } from "../native/shared-memory.ts";
import type { Handle } from "../native/symbols.ts";
import { MemoryLayoutError, type MemorySegment } from "./memory-segment.ts";

/**
 * A SharedArrayBuffer as a memory segment, between a program and its Workers. It exists as long as it is referenced, so there
 * is no name to remove.
 */
export class RawArraySegment implements MemorySegment {
  readonly buffer: SharedArrayBuffer;
  /** Label for messages: the option that it is passed in. */
  readonly name: string;
  #handle: Handle | undefined;

  /** @throws MemoryLayoutError if `buffer` is not a SharedArrayBuffer or is empty. */
  constructor(buffer: SharedArrayBuffer, name: string) {
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength === 0) {
      throw new MemoryLayoutError(
        `${name} must be a non-empty SharedArrayBuffer: that of a manager or queue in the program or another Worker.`,
      );
    }
    this.buffer = buffer;
    this.name = name;
    this.#handle = openLocalMemory(this, buffer);
  }

  /** @throws RangeError if there is not enough memory. */
  static create(bytes: number, name: string): RawArraySegment {
    try {
      return new RawArraySegment(new SharedArrayBuffer(bytes), name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(
        `There is not enough memory for ${name} of ${(bytes / 2 ** 20).toFixed(1)} MiB: use a smaller image or queue.`,
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

  /** Does nothing: pages are committed on first access. */
  reserve(): void {}

  isCurrent(): boolean {
    return this.#handle !== undefined;
  }

  /** Always false: this program can write into it. */
  isAbandoned(): boolean {
    return false;
  }

  /** Does nothing: it has no name. */
  unlink(): void {}

  /** Idempotent. */
  close(): void {
    if (this.#handle === undefined) return;
    closeLocalMemory(this, this.#handle);
    this.#handle = undefined;
  }
}
