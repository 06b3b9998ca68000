import { type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { existsSync, statfsSync } from "node:fs";
import { SharedMemoryError } from "./errors.ts";
import { closeAtExit } from "./process.ts";
import { cString, type Handle, lastError, native, toPointer } from "./symbols.ts";

const DIRECTORY = "/dev/shm";
const SWEEP_NAMES_BYTES = 65536;

/** Whether this process has already removed stale segments. */
let swept = false;

/** Memory for frame-copy.ts and word-watch.ts: POSIX shared memory ({@link SharedMemory}), or a SharedArrayBuffer with a handle of {@link openLocalMemory}. */
export interface NativeMemory {
  /** The C library's object. Throws after the memory was closed. */
  readonly handle: Handle;
  readonly buffer: ArrayBufferLike;
}

/**
 * A POSIX shared memory segment, /dev/shm/<name>, mapped into this process.
 *
 * Memory that another process has truncated (ftruncate) reads as zeros, and writes to it are lost: check isCurrent() before relying
 * on a foreign process's segment, or copy with frame-copy.ts.
 */
export class SharedMemory implements Disposable {
  /** Without a leading slash, as in Python's multiprocessing.shared_memory. */
  readonly name: string;
  /** Bytes, exact (not rounded to pages). */
  readonly size: number;
  /** The mapping. It is unmapped when neither this object nor any view of it is alive, so a view never dangles. */
  readonly buffer: ArrayBuffer;

  #handle: Handle | undefined;
  /** Cancels the removal of the name at exit. */
  #cancelUnlink: () => void = () => {};

  private constructor(handle: Handle) {
    const symbols = native();
    const address = toPointer(symbols.sc_shm_address(handle));
    if (address === null) throw new SharedMemoryError("The segment is not mapped.");
    this.#handle = handle;
    this.name = symbols.sc_shm_name(handle) ?? "";
    this.size = Number(symbols.sc_shm_size(handle));
    this.buffer = mapBytes(address, this.size, handle);
  }

  /**
   * Creates a segment of `size` zero bytes, mode 0600, with an unused name "scenecast_<8 hex>". It exists until unlink(), or until this
   * process exits (or its Worker exits by itself). If the process is killed, the next sweepSharedMemory() of any process removes
   * the segment, as does the next process that creates one.
   * @throws SharedMemoryError
   */
  static create(size: number): SharedMemory {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new SharedMemoryError(`A shared memory segment cannot have ${size} bytes.`);
    }
    const handle = toPointer(native().sc_shm_create(cString("scenecast_"), size));
    if (handle === null) throw lastSharedMemoryError(size);
    if (!swept) {
      swept = true;
      sweepSharedMemory();
    }
    const segment = new SharedMemory(handle);
    // By its handle only, so that this does not keep the mapping alive.
    segment.#cancelUnlink = closeAtExit(() => native().sc_shm_unlink(handle));
    return segment;
  }

  /**
   * Maps a segment that another process (or this one) created.
   * @param options readOnly: a write through `buffer` then kills the process. Default false.
   * @throws SharedMemoryError if it does not exist, is not readable, or is empty
   */
  static attach(name: string, { readOnly = false } = {}): SharedMemory {
    // Names are received from other programs, as JSON.
    if (typeof name !== "string") {
      throw new SharedMemoryError(
        `A segment's name must be text, not ${name}. Pass the name that its program prints.`,
      );
    }
    const bare = name.startsWith("/") ? name.slice(1) : name;
    if (bare.includes("\0")) throw new SharedMemoryError("A segment's name cannot contain a zero byte.");
    const handle = toPointer(native().sc_shm_attach(cString(bare), 1, readOnly ? 1 : 0));
    if (handle === null) throw lastSharedMemoryError(1);
    return new SharedMemory(handle);
  }

  /** The C library's object, for the other bindings in this directory. Throws after close(). */
  get handle(): Handle {
    if (this.#handle === undefined) throw new SharedMemoryError(`${DIRECTORY}/${this.name} has been closed.`);
    return this.#handle;
  }

  /**
   * Commits the first `bytes`, so that writing them cannot kill the process when memory is exhausted.
   * @throws SharedMemoryError with code ENOSPC if /dev/shm has too little space
   */
  reserve(bytes: number): void {
    if (native().sc_shm_reserve(this.handle, checkedLength(bytes)) < 0) throw lastSharedMemoryError(bytes);
  }

  /** False once the file behind the mapping is shorter than `size`, and after close(). */
  isCurrent(): boolean {
    return this.#handle !== undefined && native().sc_shm_is_current(this.#handle) === 1;
  }

  /**
   * Whether no process can write into it any more: the creator of a segment of this project has closed it or is dead, or no process
   * has a foreign segment, attached here read-only, open for writing. False also if that cannot be determined. A process that is
   * slow, stopped or in a debugger still counts. Needs 2 µs.
   */
  isAbandoned(): boolean {
    return this.#handle !== undefined && native().sc_shm_is_abandoned(this.#handle) === 1;
  }

  /** Removes the name; mappings stay. Idempotent. Does nothing if the name now belongs to another segment. */
  unlink(): void {
    if (this.#handle === undefined) return;
    if (native().sc_shm_unlink(this.#handle) < 0) throw lastSharedMemoryError(0);
    this.#cancelUnlink();
  }

  /** Closes the descriptor and releases the owner's lock; `buffer` stays valid. Idempotent. Does not unlink. */
  close(): void {
    if (this.#handle === undefined) return;
    this.#cancelUnlink();
    native().sc_shm_close(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Frees the handles of owners that are garbage-collected without being closed. */
const unclosed = new FinalizationRegistry<Handle>((handle) => native().sc_local_destroy(handle));

/**
 * Creates the C library's object for a SharedArrayBuffer, which `owner` must reference as long as it uses the handle. Workers of one
 * process share their address space, and a SharedArrayBuffer does not move, so each Worker may have its own handle.
 */
export function openLocalMemory(owner: object, buffer: SharedArrayBuffer): Handle {
  // Passed as a view: the types of bun:ffi's ptr do not include SharedArrayBuffer.
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

/** Removes the "scenecast_*" segments whose creator is dead. Returns their names. */
export function sweepSharedMemory(): string[] {
  const names = new Uint8Array(SWEEP_NAMES_BYTES);
  if (native().sc_shm_sweep(names, names.byteLength) < 0) throw lastSharedMemoryError(0);
  const end = names.indexOf(0);
  return new TextDecoder()
    .decode(names.subarray(0, end < 0 ? names.length : end))
    .split("\n")
    .filter(Boolean);
}

/** The C library's last error, with advice. */
export function lastSharedMemoryError(bytes: number): SharedMemoryError {
  const { message, code } = lastError();
  return new SharedMemoryError(`${message}.${advice(code, bytes)}`, code);
}

function checkedLength(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new SharedMemoryError(`${bytes} is not a number of bytes.`);
  return bytes;
}

// bun:ffi accepts a deallocator, as documented (JavaScriptCore calls it with the bytes and the context when no view is alive any
// more), but its types do not include it.
type MapBytes = (
  pointer: Pointer,
  byteOffset: number,
  byteLength: number,
  context: Pointer,
  deallocator: Pointer,
) => ArrayBuffer;

function mapBytes(address: Pointer, size: number, handle: Handle): ArrayBuffer {
  const deallocator = toPointer(native().sc_shm_view_deallocator());
  if (deallocator === null) throw new SharedMemoryError("The native library has no deallocator.");
  native().sc_shm_retain_view(handle);
  return (toArrayBuffer as MapBytes)(address, 0, size, handle, deallocator);
}

const MIB = 1024 * 1024;

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function freeBytes(): string {
  try {
    const { bavail, bsize } = statfsSync(DIRECTORY);
    return `${mebibytes(bavail * bsize)} are free`;
  } catch {
    return "the free space is unknown";
  }
}

function advice(code: string | undefined, bytes: number): string {
  switch (code) {
    case "ENOSPC":
      return (
        ` ${mebibytes(bytes)} are needed in ${DIRECTORY} and ${freeBytes()}: remove stale files there, make it larger ` +
        `(mount -o remount,size=1G ${DIRECTORY}; in a container --shm-size=1g), or use a smaller picture.`
      );
    case "ENOENT":
      return existsSync(DIRECTORY)
        ? " The program that created it has ended or was not started: start it and pass the names it prints. If it runs, a Python " +
            "program was attached to the segment and has ended: Python before 3.13 then removes it, unless the program " +
            "calls resource_tracker.unregister(segment._name, 'shared_memory') after attaching."
        : ` This system has no ${DIRECTORY}: mount it (mount -t tmpfs tmpfs ${DIRECTORY}).`;
    case "EACCES":
    case "EPERM":
      return " It belongs to another user: run both programs as the same user.";
    case "EMFILE":
    case "ENFILE":
      return " Too many files are open: raise the limit (ulimit -n).";
    case "ENOMEM":
      return " The system has too little memory: close programs, or use a smaller picture.";
    case "EROFS":
      return ` ${DIRECTORY} is mounted read-only: it must be writable.`;
    default:
      return "";
  }
}
