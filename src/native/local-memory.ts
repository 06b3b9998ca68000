import { ptr } from "bun:ffi";
import { SharedMemoryError } from "./errors.ts";
import { type Handle, lastError, native, toPointer } from "./symbols.ts";

/**
 * Memory that frame-copy.ts and word-watch.ts work on: POSIX shared memory (`SharedMemory`), or a SharedArrayBuffer
 * that has a handle by {@link openLocalMemory}.
 */
export interface NativeMemory {
  /** The C library's object. Throws once the memory was closed. */
  readonly handle: Handle;
  readonly buffer: ArrayBufferLike;
}

/** Frees the handles of owners that were forgotten without being closed. */
const forgotten = new FinalizationRegistry<Handle>((handle) => native().sc_local_destroy(handle));

/**
 * The C library's object for a SharedArrayBuffer, which `owner` must hold as long as it uses the handle. Workers of one
 * program share their address space, and a SharedArrayBuffer never moves, so each may have its own handle.
 */
export function openLocalMemory(owner: object, buffer: SharedArrayBuffer): Handle {
  // bun:ffi's ptr takes it, its types do not say so: by a view of it, which they do.
  const handle = toPointer(native().sc_local_create(ptr(new Uint8Array(buffer)), buffer.byteLength));
  if (handle === null) throw new SharedMemoryError(`${lastError().message}.`);
  forgotten.register(owner, handle, owner);
  return handle;
}

/** Frees what {@link openLocalMemory} gave to `owner`. */
export function closeLocalMemory(owner: object, handle: Handle): void {
  forgotten.unregister(owner);
  native().sc_local_destroy(handle);
}
