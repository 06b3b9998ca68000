import type { NativeMemory } from "../native/shared-memory.ts";

/**
 * A block of memory that several processes or Workers share; images and queues consist of segments. It is POSIX shared
 * memory (`SharedMemory` in native/) or a SharedArrayBuffer ({@link RawArraySegment}).
 */
export interface MemorySegment extends NativeMemory {
  /** The memory itself. It stays mapped as long as a view of it exists. */
  readonly buffer: ArrayBufferLike;
  /** Bytes. */
  readonly size: number;
  /** Name to attach by; for a SharedArrayBuffer, which has no name, a label for messages. */
  readonly name: string;
  /** Commits the first `bytes`, so that writing them cannot fail. Throws if there is not enough memory. */
  reserve(bytes: number): void;
  /** False after it was closed here, or if accessing it would fault because another process truncated it. */
  isCurrent(): boolean;
  /** Whether no process is left that could write into it, as far as that is known. */
  isAbandoned(): boolean;
  /** Removes the name; processes that are attached keep the memory. */
  unlink(): void;
  close(): void;
}

/** A segment that is too small or whose content contradicts the layout. */
export class MemoryLayoutError extends Error {
  override name = "MemoryLayoutError";
}

/** Removes the name of a segment that was created here, and closes it. */
export function removeSegment(segment: MemorySegment): void {
  segment.unlink();
  segment.close();
}

/** @throws MemoryLayoutError if `segment` is smaller than the `bytes` that `what` needs. */
export function requireSize(segment: MemorySegment, bytes: number, what: string): void {
  if (segment.size >= bytes) return;
  throw new MemoryLayoutError(
    `The segment ${segment.name} has ${segment.size} bytes, but ${what} needs ${bytes}. ` +
      "Check that it is the right segment and that its producer uses FURY's layout.",
  );
}

/** The error for a segment that can no longer be accessed. */
export function goneError(segment: MemorySegment): MemoryLayoutError {
  return new MemoryLayoutError(
    `The segment ${segment.name} was closed here or truncated by another process.`,
  );
}

/** A running activity, such as a watch or a timer, that is ended by `close()`. Closing it again does nothing. */
export interface Closable {
  close(): void;
}
