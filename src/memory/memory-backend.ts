import { closeLocalMemory, openLocalMemory, SharedMemory } from "../native/shared-memory.ts";
import type { Handle } from "../native/symbols.ts";
import { MemoryLayoutError, type MemorySegment } from "./memory-segment.ts";

/** Key by which another process or Worker attaches to a segment: its name, or the SharedArrayBuffer itself. */
export type SegmentKey = string | SharedArrayBuffer;

/** Creates and opens segments in one kind of memory. */
export interface MemoryBackend<Key extends SegmentKey> {
  /**
   * Creates a segment, all 0. `role` is its name in messages, if segments of this backend have no names.
   * @throws SharedMemoryError or RangeError if there is not enough memory.
   */
  create(bytes: number, role: string): MemorySegment;
  /**
   * Opens an existing segment.
   * @throws SharedMemoryError if there is no such segment; MemoryLayoutError if `key` cannot be a segment.
   */
  attach(key: Key, role: string, options?: { readOnly?: boolean | undefined }): MemorySegment;
  /** The key of a segment, even after it was closed. */
  keyOf(segment: MemorySegment): Key;
}

/** SharedArrayBuffers, between a program and its Workers. FURY calls them RawArrays. */
export const RAW_ARRAY: MemoryBackend<SharedArrayBuffer> = {
  create: (bytes, role) => RawArraySegment.create(bytes, role),
  attach: (buffer, role) => new RawArraySegment(buffer, role),
  keyOf(segment) {
    if (segment instanceof RawArraySegment) return segment.buffer;
    throw new TypeError(`${segment.name} is not a SharedArrayBuffer.`);
  },
};

/** POSIX shared memory, between processes. */
export const SHARED_MEMORY: MemoryBackend<string> = {
  create: (bytes) => SharedMemory.create(bytes),
  attach: (name, _role, { readOnly = false } = {}) => SharedMemory.attach(name, { readOnly }),
  keyOf: ({ name }) => name,
};

/**
 * A SharedArrayBuffer as a memory segment, between a program and its Workers. It exists as long as it is referenced, so there
 * is no name to remove.
 */
class RawArraySegment implements MemorySegment {
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
