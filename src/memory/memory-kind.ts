import { SharedMemory } from "../native/shared-memory.ts";
import type { MemorySegment } from "./memory-segment.ts";
import { RawArraySegment } from "./raw-array-segment.ts";

/** How segments of a kind of memory come to be. */
export interface MemoryKind<Memory extends ArrayBufferLike> {
  /** New memory, all 0. `role` is what messages call it where it has no name. Throws when there is no memory. */
  create(bytes: number, role: string): MemorySegment<Memory>;
  /** Opens once more what `segment`, which may be closed, was. Throws when it is not there any more. */
  reopen(segment: MemorySegment<Memory>): MemorySegment<Memory>;
}

/** Opens a segment that somebody else made. */
export type OpenSegment<Memory extends ArrayBufferLike> = () => MemorySegment<Memory>;

/** SharedArrayBuffers, between a program and its Workers. */
export const RAW_ARRAYS: MemoryKind<SharedArrayBuffer> = {
  create: (bytes, role) => RawArraySegment.create(bytes, role),
  reopen: ({ buffer, name }) => new RawArraySegment(buffer, name),
};

/** POSIX shared memory, between processes. */
export const SHARED_MEMORY: MemoryKind<ArrayBuffer> = {
  create: (bytes) => SharedMemory.create(bytes),
  reopen: ({ name }) => SharedMemory.attach(name),
};
