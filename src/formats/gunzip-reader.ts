import { createReadStream, type ReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { ByteReader } from "./byte-reader.ts";
import { describeSystemError, formatBytes, LoadError } from "./load-error.ts";

/** Chunk size of decompression, bytes. With 64 kB it takes twice as long. */
const CHUNK_BYTES = 2 ** 20;

/** Maximum compression ratio, against decompression bombs: gzip reaches 1032:1, meshes and volumes less than 100:1. */
const MAX_RATIO = 256;
const ALWAYS_ALLOWED_BYTES = 2 ** 28;

/** Reads a file compressed with gzip. It is decompressed on another thread. */
export class GunzipReader implements ByteReader {
  readonly maxBytes: number;
  readonly isCompressed = true;
  isAtEnd = false;
  readonly #path: string;
  readonly #size: number;
  readonly #file: ReadStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Decompressed bytes that have not been read yet. */
  #rest: Uint8Array = new Uint8Array();
  #total = 0;

  /** @param size size of the compressed file, bytes */
  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
    this.maxBytes = ALWAYS_ALLOWED_BYTES + MAX_RATIO * size;
    this.#file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    this.#file.on("error", (error) => gunzip.destroy(error));
    this.#chunks = this.#file.pipe(gunzip)[Symbol.asyncIterator]();
  }

  get fraction(): number {
    return Math.min(1, this.#file.bytesRead / this.#size);
  }

  async read(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.#fetch())) {
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled;
  }

  async skip(bytes: number): Promise<number> {
    let skipped = 0;
    while (skipped < bytes && (await this.#fetch())) {
      const part = Math.min(bytes - skipped, this.#rest.length);
      skipped += part;
      this.#rest = this.#rest.subarray(part);
    }
    return skipped;
  }

  async close(): Promise<void> {
    this.#file.destroy();
    await this.#chunks.return?.();
  }

  /** Waits for the next decompressed bytes if all have been read. @returns false at the end of the file */
  async #fetch(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.isAtEnd) {
      const { value, done } = await this.#next();
      if (done === true) this.isAtEnd = true;
      else this.#rest = value;
      this.#total += this.#rest.length;
    }
    if (this.#total <= this.maxBytes) return !this.isAtEnd;
    throw new LoadError(
      this.#path,
      `its ${formatBytes(this.#size)} expands to more than ${formatBytes(this.maxBytes)}, as in a decompression bomb; if you trust the file, decompress it first (gunzip)`,
      { format: "gzip" },
    );
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason =
        code === "Z_BUF_ERROR"
          ? "the compressed data is cut off; copy the file again"
          : code?.startsWith("Z_") === true
            ? `the compressed data is damaged (${message})`
            : describeSystemError(error);
      throw new LoadError(this.#path, reason, { format: "gzip", cause: error });
    }
  }
}
