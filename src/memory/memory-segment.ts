/**
 * A piece of memory that more than one process or Worker sees: what queues and image buffers are built on. POSIX shared
 * memory (`SharedMemory` of native/) is one kind, a SharedArrayBuffer between a program and its Workers another.
 */
export interface MemorySegment {
  /** The memory itself. It stays mapped for as long as a view of it lives. */
  readonly buffer: ArrayBufferLike;
  /** Bytes. */
  readonly size: number;
  /** The name to attach by; for messages where the kind of memory has none. */
  readonly name: string;
  /** Makes sure that the first `bytes` can be written. Throws when there is no memory for them. */
  reserve(bytes: number): void;
  /** False once touching the memory would fault, because another process truncated it. */
  isCurrent(): boolean;
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
      "Check that its name is the right one and that its producer is of FURY's layout.",
  );
}
