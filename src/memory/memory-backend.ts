import { SharedMemory } from "../native/shared-memory.ts";
import type { MemorySegment } from "./memory-segment.ts";
import { RawArraySegment } from "./raw-array-segment.ts";

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
