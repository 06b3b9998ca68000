import { createInflateRaw } from "node:zlib";
import { DataError, quote } from "../load-error.ts";
import type { ReadAt, ZipEntry } from "./zip-directory.ts";

const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
const STORED = 0;
const DEFLATED = 8;
const CHUNK_BYTES = 2 ** 20;

/** Sequential reader of one file in a ZIP archive. */
export interface ZipEntryReader {
  /** Fills an array. @throws DataError if the data is damaged or ends before */
  read(target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file in an archive. A stored file is read directly into the caller's arrays.
 *
 * @param size of the archive, bytes
 * @throws DataError
 */
export async function openZipEntry(readAt: ReadAt, size: number, entry: ZipEntry): Promise<ZipEntryReader> {
  const { name, method, bytes } = entry;
  if (method !== STORED && method !== DEFLATED) {
    throw new DataError(
      `${quote(name)} in the archive is compressed with method ${method}, which is not supported; pack it without compression (zip -0)`,
    );
  }
  const start = await zipDataStart(readAt, size, entry);
  if (method === DEFLATED) return new InflatingReader(readAt, start, entry);
  let offset = start;
  return {
    async read(target) {
      if (offset + target.length > start + bytes) throw new DataError(`${quote(name)} is cut off`);
      await readAt(target, offset);
      offset += target.length;
    },
    async close() {},
  };
}

/** Whether a file is in the archive without compression. */
export function isStored({ method }: ZipEntry): boolean {
  return method === STORED;
}

/**
 * The offset of a file's data in the archive.
 *
 * @throws DataError
 */
export async function zipDataStart(readAt: ReadAt, size: number, entry: ZipEntry): Promise<number> {
  const { name, bytes, compressedBytes, localHeader } = entry;
  const outside = new DataError(`${quote(name)} lies outside of the archive: the file is cut off or damaged`);
  if (localHeader + LOCAL_HEADER.bytes > size) throw outside;
  const header = new DataView(new ArrayBuffer(LOCAL_HEADER.bytes));
  await readAt(new Uint8Array(header.buffer), localHeader);
  if (header.getUint32(0, true) !== LOCAL_HEADER.signature) throw outside;
  // The extra field of the local header can differ in length from that of the directory.
  const start = localHeader + LOCAL_HEADER.bytes + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + compressedBytes > size) throw outside;
  if (isStored(entry) && bytes !== compressedBytes) {
    throw new DataError(`the sizes of ${quote(name)} in the archive contradict`);
  }
  return start;
}

/** Inflates a file on another thread. */
class InflatingReader implements ZipEntryReader {
  readonly #name: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(readAt: ReadAt, start: number, { name, compressedBytes }: ZipEntry) {
    this.#name = name;
    const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
    // The iterator throws errors. One after it is closed must not become an uncaught exception.
    inflate.on("error", () => {});
    this.#chunks = inflate[Symbol.asyncIterator]();
    const feed = async (): Promise<void> => {
      for (let offset = 0; offset < compressedBytes && !inflate.destroyed; offset += CHUNK_BYTES) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, compressedBytes - offset));
        await readAt(chunk, start + offset);
        if (!inflate.write(chunk)) {
          const { promise, resolve } = Promise.withResolvers<void>();
          inflate.once("drain", resolve).once("close", resolve);
          await promise;
        }
      }
      inflate.end();
    };
    feed().catch((error: Error) => inflate.destroy(error));
  }

  async read(target: Uint8Array): Promise<void> {
    for (let filled = 0; filled < target.length; ) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Uint8Array> {
    const problem = `the compressed data of ${quote(this.#name)} is damaged`;
    let result: IteratorResult<Uint8Array>;
    try {
      result = await this.#chunks.next();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith("Z_") !== true) throw error;
      throw new DataError(problem, { cause: error });
    }
    if (result.done === true) throw new DataError(`${problem}: it is shorter than declared`);
    return result.value;
  }
}
