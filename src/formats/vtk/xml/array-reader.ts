import type { NumericArray } from "../../data-kinds.ts";
import type { FileSource } from "../../file-source.ts";
import { GrowingArray } from "../../growing-array.ts";
import { DataError, quote } from "../../load-error.ts";
import { NumberScanner } from "../../number-scanner.ts";
import { type ByteStream, type NumberType, readIndices, readNumbers, toIndices } from "../number-types.ts";
import { Base64Stream } from "./base64-stream.ts";
import { type BlockSizes, BlockStream, type Decompress, decompressedBytes } from "./block-stream.ts";

const LESS = 60;
const SPACE = 32;

/** How the arrays of a file are stored. */
export interface XmlEncoding {
  readonly bigEndian: boolean;
  /** Size of the numbers before binary data, bytes. */
  readonly headerBytes: 4 | 8;
  /** Default: not compressed. */
  readonly decompress: Decompress | undefined;
}

/** Reads the values of arrays at the position of a file. */
export class XmlArrayReader {
  readonly #source: FileSource;
  readonly #encoding: XmlEncoding;

  constructor(source: FileSource, encoding: XmlEncoding) {
    this.#source = source;
    this.#encoding = encoding;
  }

  /**
   * Parses numbers of text up to the next tag.
   *
   * @throws DataError for a word that is not a number
   */
  async ascii(type: NumberType): Promise<NumericArray> {
    const source = this.#source;
    const values = new GrowingArray(new Float64Array(64));
    for (;;) {
      const less = source.window.indexOf(LESS);
      const isWhole = less >= 0 || source.isAtEnd;
      const end = less >= 0 ? less : isWhole ? source.window.length : endOfWords(source.window);
      const scanner = new NumberScanner(source.window.subarray(0, end), 0, 0);
      while (scanner.findWord()) {
        const value = scanner.number();
        if (value === undefined) {
          throw new DataError(
            `${quote(scanner.word())} at byte ${source.offset + scanner.offset} is not a number`,
          );
        }
        values.push(value);
      }
      source.consume(end);
      if (isWhole) break;
      await source.fill();
    }
    const array = type.allocate(values.length);
    array.set(values.values);
    return array;
  }

  /**
   * Reads binary numbers.
   *
   * @param isEncoded base64, instead of raw bytes
   * @param expected number of values; default: as many as there are
   * @throws DataError if there is another number of values, or the file ends before
   */
  async binary(type: NumberType, isEncoded: boolean, expected?: number): Promise<NumericArray> {
    const { stream, count } = await this.#open(type, isEncoded, expected);
    return readNumbers(stream, type, count, this.#encoding.bigEndian);
  }

  /**
   * Reads binary indices.
   *
   * @param before number of elements before the first index, which are 0
   */
  async binaryIndices(
    type: NumberType,
    isEncoded: boolean,
    before: number,
    expected?: number,
  ): Promise<Uint32Array> {
    const { stream, count } = await this.#open(type, isEncoded, expected);
    const indices = new Uint32Array(before + count);
    await readIndices(stream, type, indices.subarray(before), this.#encoding.bigEndian);
    return indices;
  }

  async asciiIndices(type: NumberType, before: number): Promise<Uint32Array> {
    const values = await this.ascii(type);
    const indices = new Uint32Array(before + values.length);
    toIndices(values, indices.subarray(before));
    return indices;
  }

  async #open(
    type: NumberType,
    isEncoded: boolean,
    expected: number | undefined,
  ): Promise<{ stream: ByteStream; count: number }> {
    const base = isEncoded ? new Base64Stream(this.#source) : undefined;
    const stream = base ?? this.#source;
    const { decompress } = this.#encoding;
    let bytes: number;
    let data: ByteStream = stream;
    if (decompress === undefined) {
      [bytes = 0] = await this.#header(stream, 1);
      if (bytes > this.#remaining) throw this.#cutOff(bytes);
    } else {
      const sizes = await this.#blockSizes(stream);
      // The header of compressed data is encoded separately.
      base?.endPart();
      bytes = decompressedBytes(sizes);
      data = new BlockStream(stream, sizes, decompress);
    }
    const count = Math.floor(bytes / type.bytes);
    if (expected !== undefined && count !== expected) throw new WrongCount(count, expected);
    return { stream: data, count };
  }

  async #blockSizes(stream: ByteStream): Promise<BlockSizes> {
    const [blocks = 0, block = 0, last = 0] = await this.#header(stream, 3);
    if (blocks * this.#encoding.headerBytes > this.#remaining) throw this.#cutOff(blocks);
    const compressed = await this.#header(stream, blocks);
    const sum = compressed.reduce((total, size) => total + size, 0);
    if (sum > this.#remaining) throw this.#cutOff(sum);
    return { block, last, compressed };
  }

  async #header(stream: ByteStream, count: number): Promise<number[]> {
    const { headerBytes, bigEndian } = this.#encoding;
    const bytes = new Uint8Array(count * headerBytes);
    if ((await stream.readInto(bytes)) < bytes.length) throw this.#cutOff(bytes.length);
    const view = new DataView(bytes.buffer);
    return Array.from({ length: count }, (_, i) =>
      headerBytes === 4 ? view.getUint32(4 * i, !bigEndian) : Number(view.getBigUint64(8 * i, !bigEndian)),
    );
  }

  /** Upper bound for the bytes after the position. */
  get #remaining(): number {
    return this.#source.maxBytes - this.#source.offset;
  }

  #cutOff(bytes: number): DataError {
    return new DataError(
      `an array has ${bytes} bytes by its header, but the file ends before: it is cut off or its header is damaged`,
    );
  }
}

/** An array has another number of values than its dataset needs. */
export class WrongCount extends DataError {
  constructor(count: number, expected: number) {
    super(`it has ${count} values instead of ${expected}`);
  }
}

function endOfWords(window: Uint8Array): number {
  let end = window.length;
  while (end > 0 && (window[end - 1] ?? 0) > SPACE) end -= 1;
  return end;
}
