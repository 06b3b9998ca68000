import { inflateSync } from "node:zlib";
import { DataError, quote } from "../../load-error.ts";
import type { ByteStream } from "../number-types.ts";
import { decompressLz4 } from "./lz4-block.ts";

/** Decompresses one block. @param size of the result, bytes */
export type Decompress = (block: Uint8Array, size: number) => Uint8Array;

/** Maximum ratio of compression: that of zlib; LZ4's is 255. */
const MAX_RATIO = 1032;

/** @throws DataError for an unknown compressor */
export function decompressorOf(name: string): Decompress {
  if (name === "vtkZLibDataCompressor") return inflate;
  if (name === "vtkLZ4DataCompressor") return decompressLz4;
  const advice = "save it with zlib or without compression";
  throw new DataError(`its data is compressed with ${quote(name)}, which cannot be read: ${advice}`);
}

function inflate(block: Uint8Array, size: number): Uint8Array {
  try {
    const bytes = inflateSync(block, { maxOutputLength: Math.max(1, size) });
    if (bytes.length === size) return bytes;
  } catch {}
  throw new DataError("its compressed data (zlib) is damaged");
}

/** The header of compressed data: sizes of blocks, bytes. */
export interface BlockSizes {
  readonly block: number;
  /** Of the last block; 0: like the others. */
  readonly last: number;
  readonly compressed: readonly number[];
}

/** Number of bytes after decompression. @throws DataError if it exceeds what the compressed bytes can contain */
export function decompressedBytes({ block, last, compressed }: BlockSizes): number {
  const total = compressed.length === 0 ? 0 : block * (compressed.length - 1) + (last === 0 ? block : last);
  const sum = compressed.reduce((bytes, size) => bytes + size, 0);
  if (Number.isSafeInteger(total) && total <= MAX_RATIO * (sum + 1) && last <= block) return total;
  throw new DataError("the sizes of its compressed data are damaged");
}

/** Decompresses blocks, one at a time. */
export class BlockStream implements ByteStream {
  readonly #stream: ByteStream;
  readonly #sizes: BlockSizes;
  readonly #decompress: Decompress;
  #next = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(stream: ByteStream, sizes: BlockSizes, decompress: Decompress) {
    this.#stream = stream;
    this.#sizes = sizes;
    this.#decompress = decompress;
  }

  async readInto(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#bytes.length === 0 && !(await this.#readBlock())) break;
      const part = this.#bytes.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#bytes = this.#bytes.subarray(part.length);
    }
    return filled;
  }

  /** @returns false after the last block, or if the file ends before its end */
  async #readBlock(): Promise<boolean> {
    const { block, last, compressed } = this.#sizes;
    const size = compressed[this.#next];
    if (size === undefined) return false;
    this.#next += 1;
    const isLast = this.#next === compressed.length;
    const bytes = new Uint8Array(size);
    if ((await this.#stream.readInto(bytes)) < size) return false;
    this.#bytes = this.#decompress(bytes, isLast && last > 0 ? last : block);
    return true;
  }
}
