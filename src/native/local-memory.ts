import { ptr } from "bun:ffi";
import { SharedMemoryError } from "./errors.ts";
import { type Handle, lastError, native, toPointer } from "./symbols.ts";

/** Memory for frame-copy.ts and word-watch.ts: POSIX shared memory (`SharedMemory`), or a SharedArrayBuffer with a handle of {@link openLocalMemory}. */
export interface NativeMemory {
  /** The C library's object. Throws after the memory was closed. */
  readonly handle: Handle;
  readonly buffer: ArrayBufferLike;
}

/** Frees the handles of owners that are garbage-collected without being closed. */
const unclosed = new FinalizationRegistry<Handle>((handle) => native().sc_local_destroy(handle));

/**
 * Creates the C library's object for a SharedArrayBuffer, which `owner` must reference as long as it uses the handle. Workers of one
 * process share their address space, and a SharedArrayBuffer does not move, so each Worker may have its own handle.
 */
export function openLocalMemory(owner: object, buffer: SharedArrayBuffer): Handle {
  // By a view: the types of bun:ffi's ptr do not include SharedArrayBuffer.
  const handle = toPointer(native().sc_local_create(ptr(new Uint8Array(buffer)), buffer.byteLength));
  if (handle === null) throw new SharedMemoryError(`${lastError().message}.`);
  unclosed.register(owner, handle, owner);
  return handle;
}

/** Frees the handle that {@link openLocalMemory} created for `owner`. */
export function closeLocalMemory(owner: object, handle: Handle): void {
  unclosed.unregister(owner);
  native().sc_local_destroy(handle);
}
