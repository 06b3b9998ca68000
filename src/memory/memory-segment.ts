import type { NativeMemory } from "../native/local-memory.ts";

/**
 * A piece of memory that more than one process or Worker sees: what queues and image buffers are built on. POSIX shared
 * memory (`SharedMemory` of native/) is one kind, a SharedArrayBuffer between a program and its Workers
 * ({@link RawArraySegment}) the other.
 */
export interface MemorySegment<Memory extends ArrayBufferLike = ArrayBufferLike> extends NativeMemory {
  /** The memory itself. It stays mapped for as long as a view of it lives. */
  readonly buffer: Memory;
  /** Bytes. */
  readonly size: number;
  /** The name to attach by; where the kind of memory has none, what it is called in messages. */
  readonly name: string;
  /** Makes sure that the first `bytes` can be written. Throws when there is no memory for them. */
  reserve(bytes: number): void;
  /** False once it was closed here, or touching it would fault, because another process truncated it. */
  isCurrent(): boolean;
  /** Whether nobody is left who could write into it, as far as that can be told. */
  isAbandoned(): boolean;
  /** Removes the name; those who are attached keep the memory. */
  unlink(): void;
  close(): void;
}

/** Memory that does not hold what it should: too small, or with numbers that contradict each other. */
export class MemoryLayoutError extends Error {
  override name = "MemoryLayoutError";
}

/** @throws MemoryLayoutError when `segment` is smaller than `bytes`, which `what` needs. */
export function requireSize(segment: MemorySegment, bytes: number, what: string): void {
  if (segment.size >= bytes) return;
  throw new MemoryLayoutError(
    `The segment ${segment.name} has ${segment.size} bytes, but ${what} needs ${bytes}. ` +
      "Check that it is the right one and that its producer is of FURY's layout.",
  );
}

/** The error for a segment that can not be touched any more. */
export function goneError(segment: MemorySegment): MemoryLayoutError {
  return new MemoryLayoutError(`The segment ${segment.name} was closed, or made shorter by another process.`);
}
