import type { NumericArray } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import { DataError, quote } from "../load-error.ts";
import { NumberScanner } from "../number-scanner.ts";
import { createVoxels, type DirectType, type VoxelType } from "./voxel-type.ts";

const SPACE = 32;

/** Parses decimal numbers in blocks of text. A word can continue in the next block. */
export class DecimalValues {
  readonly #values: NumericArray;
  #filled = 0;
  #rest: Uint8Array = new Uint8Array();

  /**
   * @param count number of values
   * @param maxBytes upper bound for the length of the text, which limits the memory
   */
  constructor(type: VoxelType, count: number, maxBytes: number) {
    this.#values = createVoxels(decimalType(type), Math.min(count, Math.ceil(maxBytes / 2) + 1));
  }

  /** Whether all values have been read. */
  get isComplete(): boolean {
    return this.#filled === this.#values.length;
  }

  /** @throws DataError for a word that is not a number */
  push(block: Uint8Array): void {
    const text = Buffer.concat([this.#rest, block]);
    const end = text.findLastIndex((byte) => byte <= SPACE) + 1;
    this.#parse(text.subarray(0, end));
    this.#rest = Uint8Array.from(text.subarray(end));
  }

  /** @returns the values, fewer than `count` if the text has fewer */
  finish(): NumericArray {
    this.#parse(this.#rest);
    return this.#values.subarray(0, this.#filled);
  }

  #parse(text: Uint8Array): void {
    const scanner = new NumberScanner(text, 0, 1);
    for (; !this.isComplete && scanner.findWord(); this.#filled += 1) {
      const value = scanner.number();
      if (value === undefined) throw new DataError(`${quote(scanner.word())} is not a number`);
      this.#values[this.#filled] = value;
    }
  }
}

/** The type of decimal numbers in memory: those of 64 bits are doubles. */
export function decimalType(type: VoxelType): DirectType {
  switch (type) {
    case "int64":
    case "uint64":
    case "complex64":
    case "complex128":
      return "float64";
    default:
      return type;
  }
}

/** Reads decimal numbers from the rest of a file. */
export async function readDecimals(
  source: FileSource,
  type: VoxelType,
  count: number,
): Promise<NumericArray> {
  const decimals = new DecimalValues(type, count, source.maxBytes - source.offset);
  for (;;) {
    decimals.push(source.window);
    source.consume(source.window.length);
    if (source.isAtEnd || decimals.isComplete) return decimals.finish();
    await source.fill();
  }
}
