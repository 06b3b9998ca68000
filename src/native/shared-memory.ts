import { type Pointer, toArrayBuffer } from "bun:ffi";
import { existsSync, statfsSync } from "node:fs";
import { closeAtExit } from "./close-at-exit.ts";
import { SharedMemoryError } from "./errors.ts";
import { cString, type Handle, lastError, native, toPointer } from "./symbols.ts";

const DIRECTORY = "/dev/shm";
const SWEEP_NAMES_BYTES = 65536;

/** Whether what dead programs left was removed in this process. */
let swept = false;

export interface CreateOptions {
  /** What the name begins with. Only names that begin with the default, "scenecast_", are swept. */
  prefix?: string;
}

export interface AttachOptions {
  /** Refuse a segment with fewer bytes. Default 1. */
  minSize?: number;
  /** Map it for reading; a write through `buffer` then kills the process. Default false. */
  readOnly?: boolean;
}

/**
 * A POSIX shared memory segment, /dev/shm/<name>, mapped into this process.
 *
 * Memory that another process has cut off (ftruncate) reads as zeros, and what is written there is lost: ask
 * isCurrent() before believing what a foreign process owns, or copy with frame-copy.ts.
 */
export class SharedMemory implements Disposable {
  /** Without a leading slash, as Python's multiprocessing.shared_memory gives it. */
  readonly name: string;
  /** Bytes, exact (not rounded to pages). */
  readonly size: number;
  /** The mapping. It is unmapped when neither this object nor any view of it lives, so a view never dangles. */
  readonly buffer: ArrayBuffer;
  /** Address of the first byte, for FFI calls. Valid while `buffer` is referenced. */
  readonly pointer: number;

  #handle: Handle | undefined;
  /** Forgets that its name is to be removed at the exit. */
  #keep: () => void = () => {};

  private constructor(handle: Handle) {
    const symbols = native();
    const address = toPointer(symbols.sc_shm_address(handle));
    if (address === null) throw new SharedMemoryError("The segment is not mapped.");
    this.#handle = handle;
    this.name = symbols.sc_shm_name(handle) ?? "";
    this.size = Number(symbols.sc_shm_size(handle));
    this.pointer = address;
    this.buffer = mapBytes(address, this.size, handle);
  }

  /**
   * Makes a segment of `size` zero bytes, mode 0600, with a free name "<prefix><8 hex>". It stays until unlink(), or until
   * this process exits (or the Worker that made it does so by itself). When it is killed, the next sweepSharedMemory() of
   * anybody removes what it left, or the next program of this library that makes a segment.
   * @throws SharedMemoryError
   */
  static create(size: number, options: CreateOptions = {}): SharedMemory {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new SharedMemoryError(`A shared memory segment cannot have ${size} bytes.`);
    }
    const handle = toPointer(native().sc_shm_create(cString(options.prefix ?? "scenecast_"), size));
    if (handle === null) throw lastSharedMemoryError(size);
    if (!swept) {
      swept = true;
      sweepSharedMemory();
    }
    const segment = new SharedMemory(handle);
    // By its handle alone, so that this does not keep the mapping.
    segment.#keep = closeAtExit(() => native().sc_shm_unlink(handle));
    return segment;
  }

  /**
   * Maps a segment that another process (or this one) made.
   * @throws SharedMemoryError when it is absent, not readable, or smaller than `minSize`
   */
  static attach(name: string, options: AttachOptions = {}): SharedMemory {
    // Names come from other programs, as JSON.
    if (typeof name !== "string") {
      throw new SharedMemoryError(
        `A segment's name must be text; it is ${name}. Give the name that its program prints.`,
      );
    }
    const bare = name.startsWith("/") ? name.slice(1) : name;
    if (bare.includes("\0")) throw new SharedMemoryError("A segment's name cannot contain a zero byte.");
    const handle = toPointer(
      native().sc_shm_attach(cString(bare), options.minSize ?? 1, options.readOnly ? 1 : 0),
    );
    if (handle === null) throw lastSharedMemoryError(options.minSize ?? 1);
    return new SharedMemory(handle);
  }

  /** The C library's object, for the other bindings of this folder. Throws after close(). */
  get handle(): Handle {
    if (this.#handle === undefined) throw new SharedMemoryError(`${DIRECTORY}/${this.name} has been closed.`);
    return this.#handle;
  }

  /**
   * Commits the first `bytes`, so that writing them cannot kill the process when memory runs out.
   * @throws SharedMemoryError with code ENOSPC when /dev/shm cannot hold them
   */
  reserve(bytes: number): void {
    if (native().sc_shm_reserve(this.handle, checkedLength(bytes)) < 0) throw lastSharedMemoryError(bytes);
  }

  /** False once the file behind the mapping is shorter than `size`, and after close(). */
  isCurrent(): boolean {
    return this.#handle !== undefined && native().sc_shm_is_current(this.#handle) === 1;
  }

  /**
   * Whether nobody is left who could write into it: for a segment of this project its creator has closed it or is gone,
   * for any other, which must be attached for reading only, no process has it open for writing. False where that is not
   * so or can not be told. Who is slow, stopped or in a debugger still has it. Takes 2 us.
   */
  isAbandoned(): boolean {
    return this.#handle !== undefined && native().sc_shm_is_abandoned(this.#handle) === 1;
  }

  /** Removes the name; mappings stay. Idempotent, and does nothing when the name is another segment's by now. */
  unlink(): void {
    if (this.#handle === undefined) return;
    if (native().sc_shm_unlink(this.#handle) < 0) throw lastSharedMemoryError(0);
    this.#keep();
  }

  /** Gives up the descriptor and the owner's lock; `buffer` stays valid. Idempotent. Does not unlink. */
  close(): void {
    if (this.#handle === undefined) return;
    this.#keep();
    native().sc_shm_close(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Removes the "scenecast_*" segments whose creator is gone, however it died. Returns their names. */
export function sweepSharedMemory(): string[] {
  const names = new Uint8Array(SWEEP_NAMES_BYTES);
  if (native().sc_shm_sweep(names, names.byteLength) < 0) throw lastSharedMemoryError(0);
  const end = names.indexOf(0);
  return new TextDecoder()
    .decode(names.subarray(0, end < 0 ? names.length : end))
    .split("\n")
    .filter(Boolean);
}

/** The C library's last error as one that says what to do. */
export function lastSharedMemoryError(bytes: number): SharedMemoryError {
  const { message, code } = lastError();
  return new SharedMemoryError(`${message}.${advice(code, bytes)}`, code);
}

function checkedLength(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new SharedMemoryError(`${bytes} is not a number of bytes.`);
  return bytes;
}

// bun:ffi takes a deallocator (JavaScriptCore's, called with the bytes and the context when no view lives any more)
// as documented, but its types do not list it.
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
    return "how much is free cannot be told";
  }
}

function advice(code: string | undefined, bytes: number): string {
  switch (code) {
    case "ENOSPC":
      return (
        ` ${mebibytes(bytes)} are needed in ${DIRECTORY} and ${freeBytes()}: remove what is left there, make it larger ` +
        `(mount -o remount,size=1G ${DIRECTORY}; in a container --shm-size=1g), or ask for a smaller picture.`
      );
    case "ENOENT":
      return existsSync(DIRECTORY)
        ? " The program that made it has ended or never ran: start it and give the names it prints. If it runs, a Python " +
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
      return " The system is short of memory: close programs, or ask for a smaller picture.";
    case "EROFS":
      return ` ${DIRECTORY} is mounted read-only: it must be writable.`;
    default:
      return "";
  }
}
