import { Readable } from "node:stream";
import { createUnzip } from "node:zlib";
import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** Limits of the chunk size of decompression, bytes: small data does not need the large chunks that are fastest. */
const MIN_CHUNK_BYTES = 2 ** 14;
const MAX_CHUNK_BYTES = 2 ** 20;

/** Maximum compression ratio of deflate. Memory is only used for what is decompressed, and voxels stop at their declared number. */
const MAX_RATIO = 1032;

/** Maximum number of bytes that `finish` decompresses: more was not asked for, and can be of any size. */
const MAX_FINISH_BYTES = 2 ** 16;

/** Decompresses the rest of a file that is in zlib's or gzip's format. Data that is cut off ends early. */
export function inflated(source: FileSource): VoxelSource {
  const bytes = source.maxBytes - source.offset;
  const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, 4 * bytes));
  const unzip = createUnzip({ chunkSize });
  const blocks = Readable.from(blocksOf(source), { objectMode: false });
  blocks.on("error", (error) => unzip.destroy(error));
  const chunks = blocks.pipe(unzip)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array();
  let isAtEnd = false;
  const readInto = async (target: Uint8Array): Promise<number> => {
    let filled = 0;
    while (filled < target.length && !isAtEnd) {
      if (rest.length === 0) {
        const next = await nextChunk(chunks);
        if (next === undefined) isAtEnd = true;
        else rest = next;
      }
      const part = rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
    }
    return filled;
  };
  return {
    availableBytes: MAX_RATIO * bytes,
    readInto,
    async finish() {
      await readInto(new Uint8Array(MAX_FINISH_BYTES));
    },
  };
}

async function* blocksOf(source: FileSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (source.window.length > 0) {
      // A copy, since the stream reads it after the window has changed.
      const block = source.window.slice();
      source.consume(block.length);
      yield block;
    } else if (source.isAtEnd) return;
    else await source.fill();
  }
}

async function nextChunk(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const { value, done } = await chunks.next();
    return done === true ? undefined : value;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") return undefined;
    if (code?.startsWith("Z_") !== true) throw error;
    throw new DataError(`the compressed data is damaged (${message})`, { cause: error });
  }
}
