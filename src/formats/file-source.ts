import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ByteReader } from "./byte-reader.ts";
import { isGzip } from "./gzip.ts";
import { DataError, describeSystemError, LoadError } from "./load-error.ts";

/** Default block size: fits into the processor's cache, and copying a block takes longer than the overhead of a read (0.05 ms). */
const DEFAULT_BLOCK_BYTES = 2 ** 20;
/** Space in front of a block for the rest of the previous block: a line or row that spans both. */
const HEADROOM_BYTES = 2 ** 16;
/** Maximum number of bytes that `finish` reads. */
const MAX_FINISH_BYTES = 2 ** 20;
/** Padding after a block: native code may read it, but does not use it. */
const SLACK_BYTES = 16;

export interface SourceOptions {
  /** Receives the fraction of the file that has been read, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Cancels reading, between two blocks. */
  readonly signal?: Pick<AbortSignal, "throwIfAborted"> | undefined;
  /** Bytes that are read at a time; default: 1 MiB. Tests use a few bytes. */
  readonly blockBytes?: number;
}

/**
 * Reads a file sequentially in blocks, and reads the next block ahead while the caller parses the current one. The file is never
 * in memory as a whole beside the arrays that are parsed from it, and can be larger than an ArrayBuffer (4 GiB).
 *
 * Reading is as fast as mapping (mmap; 400 MB: 0.05 s), and a file that is truncated meanwhile is an error instead of a SIGBUS.
 */
export class FileSource implements AsyncDisposable {
  /** The bytes that were read and not yet consumed; valid until the next call of a method other than `consume`. */
  window: Uint8Array = new Uint8Array();
  /** Offset in the file of the first byte of `window`. */
  offset = 0;
  /** Whether `window` contains the rest of the file. */
  isAtEnd = false;
  readonly #reader: ByteReader;
  readonly #options: SourceOptions;
  readonly #blockBytes: number;
  /** The block that is being read ahead. */
  #next: Promise<Uint8Array> | undefined;
  /** Number of bytes that were read by `readAt`. */
  #bytesAt = 0;
  /** A free buffer, which is reused for another block. */
  #spare: ArrayBufferLike | undefined;

  private constructor(reader: ByteReader, options: SourceOptions) {
    this.#reader = reader;
    this.#options = options;
    // Not more than the file: clearing a buffer takes 0.2 ms per megabyte.
    this.#blockBytes = Math.max(1, Math.min(options.blockBytes ?? DEFAULT_BLOCK_BYTES, reader.maxBytes));
  }

  /**
   * Opens a regular file, and decompresses it if it is compressed with gzip.
   *
   * @throws LoadError
   */
  static async open(path: string, options: SourceOptions = {}): Promise<FileSource> {
    return new FileSource(await openReader(path), options);
  }

  /** Reads bytes in memory as if they were a file */
  static ofBytes(bytes: Uint8Array): FileSource {
    return new FileSource(new MemoryReader(bytes), {});
  }

  /** Upper bound for the size of the file, bytes; exact if it is not compressed. */
  get maxBytes(): number {
    return this.#reader.maxBytes;
  }

  get isCompressed(): boolean {
    return this.#reader.isCompressed;
  }

  /** Fraction of the file that has been read, 0 to 1. */
  get fraction(): number {
    return this.#reader.fraction;
  }

  /** Size of the file, bytes. A compressed file is decompressed into memory. */
  async size(): Promise<number> {
    if (!this.isCompressed) return this.maxBytes;
    return this.offset + (await this.readRest()).length;
  }

  consume(bytes: number): void {
    this.window = this.window.subarray(bytes);
    this.offset += bytes;
  }

  /**
   * Extends `window` by a block, or to twice its length if it is longer than a block. Sets `isAtEnd` at the end of the file.
   *
   * @throws LoadError if the file cannot be read or became shorter, or the reason of the signal
   */
  async fill(): Promise<void> {
    if (this.isAtEnd) return;
    const rest = this.window;
    const block = await this.#takeBlock();
    if (rest.length > HEADROOM_BYTES) {
      const capacity = rest.length + Math.max(rest.length, this.#blockBytes);
      const joined = new Uint8Array(capacity + SLACK_BYTES).subarray(0, capacity);
      joined.set(rest);
      joined.set(block, rest.length);
      const end = rest.length + block.length;
      this.window = joined.subarray(0, end + (await this.#read(joined.subarray(end))));
    } else {
      const start = block.byteOffset - rest.length;
      this.window = new Uint8Array(block.buffer, start, rest.length + block.length);
      this.window.set(rest);
      this.#spare = rest.buffer;
    }
    if (this.isAtEnd) return;
    this.#next = this.#readBlock();
    // The next call throws the error. Without a next call it must not become an unhandled rejection.
    this.#next.catch(() => {});
  }

  /** Extends `window` to at least `length` bytes, or to the end of the file. */
  async fillTo(length: number): Promise<void> {
    while (this.window.length < length && !this.isAtEnd) await this.fill();
  }

  /**
   * Consumes bytes into an array. Bytes that are not in `window` are read directly into the array.
   *
   * @returns the number of bytes, less than the length of the array only at the end of the file
   */
  async readInto(target: Uint8Array): Promise<number> {
    let filled = this.#moveTo(target);
    if (filled < target.length && this.#next !== undefined) {
      this.window = await this.#takeBlock();
      filled += this.#moveTo(target.subarray(filled));
    }
    const read = await this.#read(target.subarray(filled));
    this.offset += read;
    return filled + read;
  }

  /** Extends `window` to the end of the file and returns it. */
  async readRest(): Promise<Uint8Array> {
    await this.fillTo(Number.POSITIVE_INFINITY);
    return this.window;
  }

  /** Skips bytes. @returns the number of bytes skipped, less than `bytes` only at the end of the file */
  async skip(bytes: number): Promise<number> {
    let skipped = this.#skipWindow(bytes);
    if (skipped < bytes && this.#next !== undefined) {
      this.window = await this.#takeBlock();
      skipped += this.#skipWindow(bytes - skipped);
    }
    const rest = await this.#reader.skip(bytes - skipped);
    this.offset += rest;
    this.#advance();
    return skipped + rest;
  }

  /**
   * Fills an array from any offset, independently of `window`. A compressed file is decompressed into memory at the first call.
   *
   * @throws LoadError if the file ends before, or the reason of the signal
   */
  async readAt(target: Uint8Array, offset: number): Promise<void> {
    const reader = this.#reader;
    if (reader.readAt === undefined) {
      const all = await this.readRest();
      if (offset + target.length > all.length) throw new DataError("the file is cut off");
      target.set(all.subarray(offset, offset + target.length));
      return;
    }
    for (let filled = 0; filled < target.length; filled += this.#blockBytes) {
      this.#options.signal?.throwIfAborted();
      const block = target.subarray(filled, filled + this.#blockBytes);
      await reader.readAt(block, offset + filled);
      this.#bytesAt += block.length;
      this.#options.onProgress?.(Math.min(1, this.#bytesAt / reader.maxBytes));
    }
  }

  /**
   * Reads on in a compressed file, whose checksum is at its end, so that damage near the end is an error whatever the block size.
   * Stops after a megabyte: what follows was not asked for, and can be of any size.
   */
  async finish(): Promise<void> {
    if (!this.#reader.isCompressed) return;
    for (const end = this.offset + MAX_FINISH_BYTES; !this.isAtEnd && this.offset < end; ) {
      await this.fill();
      this.consume(this.window.length);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#reader.close();
  }

  #moveTo(target: Uint8Array): number {
    const part = this.window.subarray(0, target.length);
    target.set(part);
    this.consume(part.length);
    return part.length;
  }

  #skipWindow(bytes: number): number {
    const skipped = Math.min(bytes, this.window.length);
    this.consume(skipped);
    return skipped;
  }

  /** Takes the block that was read ahead, or reads the block after `window`. */
  async #takeBlock(): Promise<Uint8Array> {
    const block = await (this.#next ?? this.#readBlock());
    this.#next = undefined;
    this.#advance();
    return block;
  }

  /** Reads the bytes after `window` and the last block, until the array is full or the file ends. */
  async #read(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && !this.isAtEnd) {
      this.#options.signal?.throwIfAborted();
      filled += await this.#reader.read(target.subarray(filled, filled + this.#blockBytes));
      this.#advance();
    }
    return filled;
  }

  async #readBlock(): Promise<Uint8Array> {
    this.#options.signal?.throwIfAborted();
    const bytes = HEADROOM_BYTES + this.#blockBytes + SLACK_BYTES;
    const buffer = this.#spare?.byteLength === bytes ? this.#spare : new ArrayBuffer(bytes);
    this.#spare = undefined;
    const length = await this.#reader.read(new Uint8Array(buffer, HEADROOM_BYTES, this.#blockBytes));
    return new Uint8Array(buffer, HEADROOM_BYTES, length);
  }

  #advance(): void {
    this.isAtEnd = this.#reader.isAtEnd;
    this.#options.onProgress?.(this.#reader.fraction);
  }
}

/** Reads a file that is not compressed. */
class PlainReader implements ByteReader {
  readonly maxBytes: number;
  readonly isCompressed = false;
  readonly #path: string;
  readonly #handle: FileHandle;
  #offset = 0;

  constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.maxBytes = bytes;
  }

  get fraction(): number {
    return this.#offset / Math.max(1, this.maxBytes);
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.maxBytes;
  }

  async read(target: Uint8Array): Promise<number> {
    const length = Math.min(target.length, this.maxBytes - this.#offset);
    await this.readAt(target.subarray(0, length), this.#offset);
    this.#offset += length;
    return length;
  }

  readAt(target: Uint8Array, offset: number): Promise<void> {
    return attempt(this.#path, async () => {
      const { length } = target;
      for (let filled = 0; filled < length; ) {
        const at = offset + filled;
        const { bytesRead } = await this.#handle.read(target, filled, length - filled, at);
        if (bytesRead === 0) {
          const reason = "the file became shorter while it was read; wait until it is written";
          throw new LoadError(this.#path, reason, { position: { byte: at } });
        }
        filled += bytesRead;
      }
    });
  }

  async skip(bytes: number): Promise<number> {
    const skipped = Math.min(bytes, this.maxBytes - this.#offset);
    this.#offset += skipped;
    return skipped;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Reads bytes in memory. */
class MemoryReader implements ByteReader {
  readonly maxBytes: number;
  readonly isCompressed = false;
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.maxBytes = bytes.length;
  }

  get fraction(): number {
    return this.#offset / Math.max(1, this.maxBytes);
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.maxBytes;
  }

  async read(target: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(this.#offset, this.#offset + target.length);
    target.set(part);
    this.#offset += part.length;
    return part.length;
  }

  async skip(bytes: number): Promise<number> {
    const skipped = Math.min(bytes, this.maxBytes - this.#offset);
    this.#offset += skipped;
    return skipped;
  }

  async close(): Promise<void> {}
}

function openReader(path: string): Promise<ByteReader> {
  return attempt(path, async () => {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new LoadError(path, "this is no longer a regular file");
      const magic = new Uint8Array(3);
      await handle.read(magic, 0, magic.length, 0);
      if (!isGzip(magic)) return new PlainReader(path, handle, stats.size);
      const { GunzipReader } = await import("./gunzip-reader.ts");
      await handle.close();
      return new GunzipReader(path, stats.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(path, describeSystemError(error), { cause: error });
  }
}
