import { SharedMemory } from "../native/shared-memory.ts";
import type { MemorySegment } from "./memory-segment.ts";
import { RawArraySegment } from "./raw-array-segment.ts";

/** How segments of a kind of memory come to be. */
export interface MemoryBackend<Memory extends ArrayBufferLike> {
  /** New memory, all 0. `role` is what messages call it where it has no name. Throws when there is no memory. */
  create(bytes: number, role: string): MemorySegment<Memory>;
  /** Opens once more what `segment`, which may be closed, was. Throws when it is not there any more. */
  reopen(segment: MemorySegment<Memory>): MemorySegment<Memory>;
}

/** Opens a segment that somebody else made. */
export type OpenSegment<Memory extends ArrayBufferLike> = () => MemorySegment<Memory>;

/** SharedArrayBuffers, between a program and its Workers. */
export const RAW_ARRAY: MemoryBackend<SharedArrayBuffer> = {
  create: (bytes, role) => RawArraySegment.create(bytes, role),
  reopen: ({ buffer, name }) => new RawArraySegment(buffer, name),
};

/** POSIX shared memory, between processes. */
export const SHARED_MEMORY: MemoryBackend<ArrayBuffer> = {
  create: (bytes) => SharedMemory.create(bytes),
  reopen: ({ name }) => SharedMemory.attach(name),
};

/**
 * Checks the first argument of a generic base class, and otherwise names its concrete classes. Ported programs may still pass FURY's
 * constructor arguments `(max_size, dimension, use_shared_mem, …)`, which have no counterpart here.
 * @throws TypeError
 */
export function assertMemoryKind(kind: unknown, generic: string, concrete: readonly [string, string]): void {
  if (typeof kind === "object" && kind !== null && "create" in kind && "reopen" in kind) return;
  throw new TypeError(
    `${generic} is abstract: make or extend ${concrete[0]} (between Workers) or ${concrete[1]} (between processes), which take the options.`,
  );
}
