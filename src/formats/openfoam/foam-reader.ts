import type { NumericArray } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import { DataError, quote } from "../load-error.ts";
import { DecimalValues } from "../volume/decimal-values.ts";
import { valuesOf } from "../volume/typed-values.ts";
import { VOXEL_BYTES, type VoxelType } from "../volume/voxel-type.ts";

const OPEN = 40;
const CLOSE = 41;
const SPACE = 32;
/** Bytes that end a word. */
const PUNCTUATION: ReadonlySet<number> = new Set([...'(){}[];"'].map((character) => character.charCodeAt(0)));
const MAX_WORD_BYTES = 4096;
/** Meshes of one cell have lists of equal labels. */
const MAX_REPEATED = 2 ** 20;

/** The FoamFile dictionary at the start of a file. */
export interface FoamHeader {
  /** "volScalarField", "labelList", … */
  readonly className: string;
  readonly isBinary: boolean;
  readonly littleEndian: boolean;
  readonly label: "int32" | "int64";
  readonly scalar: "float32" | "float64";
}

/** Reads the syntax of OpenFOAM's files: words, punctuation, and lists of numbers as text or binary. */
export class FoamReader {
  readonly #source: FileSource;

  constructor(source: FileSource) {
    this.#source = source;
  }

  /**
   * Reads the next word or punctuation character, after space and comments.
   *
   * @returns "" at the end of the file
   * @throws DataError
   */
  async word(): Promise<string> {
    const byte = await this.peek();
    if (byte === undefined) return "";
    const source = this.#source;
    await source.fillTo(MAX_WORD_BYTES);
    if (PUNCTUATION.has(byte)) {
      source.consume(1);
      return String.fromCharCode(byte);
    }
    const { window } = source;
    const end = window.findIndex((other) => other <= SPACE || PUNCTUATION.has(other));
    const length = end < 0 ? window.length : end;
    if (length > MAX_WORD_BYTES) throw new DataError(`it has a word of more than ${MAX_WORD_BYTES} bytes`);
    const word = new TextDecoder("latin1").decode(window.subarray(0, length));
    source.consume(length);
    return word;
  }

  /** The next byte after space and comments; undefined at the end of the file. */
  async peek(): Promise<number | undefined> {
    const source = this.#source;
    for (;;) {
      const start = source.window.findIndex((byte) => byte > SPACE);
      source.consume(start < 0 ? source.window.length : start);
      if (start < 0) {
        if (source.isAtEnd) return undefined;
        await source.fill();
        continue;
      }
      await source.fillTo(2);
      const [first = 0, second = 0] = source.window;
      if (first !== 47 || (second !== 47 && second !== 42)) return first;
      await this.#skipTo(second === 42 ? "*/" : "\n");
    }
  }

  /** @throws DataError if the next word is another one */
  async expect(expected: string): Promise<void> {
    const word = await this.word();
    if (word !== expected) throw new DataError(`${quote(word)} is where ${quote(expected)} should be`);
  }

  /** @throws DataError if there is no header */
  async header(): Promise<FoamHeader> {
    await this.expect("FoamFile");
    await this.expect("{");
    const entries = new Map<string, string>();
    for (let key = await this.word(); key !== "}" && key !== ""; key = await this.word()) {
      const words: string[] = [];
      for (let word = await this.word(); word !== ";" && word !== ""; word = await this.word())
        words.push(word);
      entries.set(key, words.join(" "));
    }
    const arch = entries.get("arch") ?? "";
    return {
      className: entries.get("class") ?? "",
      isBinary: entries.get("format") === "binary",
      littleEndian: !arch.includes("MSB"),
      label: /label\s*=\s*64/.test(arch) ? "int64" : "int32",
      scalar: /scalar\s*=\s*32/.test(arch) ? "float32" : "float64",
    };
  }

  /** @throws DataError if the next word is not the number of elements of a list */
  async count(): Promise<number> {
    const word = await this.word();
    const count = Number(word);
    if (/^\d+$/.test(word) && count < 2 ** 32) return count;
    throw new DataError(`${quote(word)} is not the length of a list`);
  }

  /**
   * Reads a list after its length: numbers in parentheses, or one element in braces for all.
   *
   * @param maxRepeated maximum number of elements that are not in the file, since all are equal
   * @returns fewer values only if the file is cut off
   */
  async numbers(
    count: number,
    components: number,
    type: VoxelType,
    { isBinary, littleEndian }: FoamHeader,
    maxRepeated: number = MAX_REPEATED,
  ): Promise<NumericArray> {
    if (count === 0 && (await this.peek()) !== OPEN) return new Float64Array();
    const opening = await this.word();
    if (opening === "{") {
      const value = await this.element(components);
      await this.expect("}");
      if (count > maxRepeated) throw new DataError(`it has a list of ${count} equal elements`);
      return this.repeated(value, count);
    }
    if (opening !== "(") throw new DataError(`${quote(opening)} is where a list should begin`);
    if (!isBinary) return this.#textNumbers(count * components, type);
    const source = this.#source;
    const size = count * components * VOXEL_BYTES[type];
    const bytes = new Uint8Array(Math.min(size, source.maxBytes - source.offset));
    const read = await source.readInto(bytes);
    if (read === size) await this.expect(")");
    return valuesOf(bytes.subarray(0, read), type, littleEndian);
  }

  /** Reads numbers up to the end of a list of lists as text. */
  async allTextNumbers(): Promise<NumericArray> {
    await this.expect("(");
    const { maxBytes, offset } = this.#source;
    return this.#textNumbers(maxBytes - offset, "int32");
  }

  /** Reads a number, or numbers in parentheses. */
  async element(components: number): Promise<number[]> {
    if (components === 1 && (await this.peek()) !== OPEN) return [await this.#number()];
    await this.expect("(");
    const values: number[] = [];
    for (let i = 0; i < components; i += 1) values.push(await this.#number());
    await this.expect(")");
    return values;
  }

  /** An array with copies of an element. */
  repeated(value: readonly number[], count: number): Float64Array {
    const values = new Float64Array(count * value.length);
    for (let i = 0; i < values.length; i += 1) values[i] = value[i % value.length] ?? 0;
    return values;
  }

  async #number(): Promise<number> {
    const word = await this.word();
    const value = Number(word);
    if (word === "" || Number.isNaN(value)) throw new DataError(`${quote(word)} is not a number`);
    return value;
  }

  /** Reads numbers up to the end of the open list. Parentheses inside of it are like space. */
  async #textNumbers(count: number, type: VoxelType): Promise<NumericArray> {
    const source = this.#source;
    const decimals = new DecimalValues(type, count, source.maxBytes - source.offset);
    let depth = 1;
    while (depth > 0) {
      const text = source.window.slice();
      let end = 0;
      for (; end < text.length && depth > 0; end += 1) {
        const byte = text[end];
        if (byte !== OPEN && byte !== CLOSE) continue;
        depth += byte === OPEN ? 1 : -1;
        text[end] = SPACE;
      }
      decimals.push(text.subarray(0, end));
      source.consume(end);
      if (depth === 0 || source.isAtEnd) break;
      await source.fill();
    }
    return decimals.finish();
  }

  async #skipTo(mark: string): Promise<void> {
    const source = this.#source;
    for (;;) {
      const { buffer, byteOffset, length } = source.window;
      const found = Buffer.from(buffer, byteOffset, length).indexOf(mark, 0, "latin1");
      source.consume(found < 0 ? Math.max(0, length - mark.length + 1) : found + mark.length);
      if (found >= 0) return;
      if (source.isAtEnd) return source.consume(source.window.length);
      await source.fill();
    }
  }
}
