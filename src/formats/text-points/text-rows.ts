import { parseRows, type TextProperty } from "../../native/parse-text.ts";
import type { FilePositions } from "../file-positions.ts";
import type { GrowingArray } from "../growing-array.ts";
import { COMMENT, numberOf, type TextLayout, wordsOf } from "./text-layout.ts";

/** Maximum number of rows that are parsed at a time: the arrays grow by no more. */
const MAX_ROWS = 65_536;
/** Maximum number of rows that are parsed in TypeScript before native code is tried again. */
const MAX_FALLBACK_ROWS = 64;

const [LF, CR, SPACE, COMMA, POINT, SEMICOLON] = [10, 13, 32, 44, 46, 59];
/** Stands for a separator after an empty field, with which native code leaves the row to TypeScript. */
const EMPTY = 33;

/** Values of the points, while they are read. */
export interface TextPointValues {
  readonly positions: FilePositions;
  readonly colors: GrowingArray<Float32Array> | undefined;
  /** By column. */
  readonly arrays: ReadonlyMap<number, GrowingArray<Float32Array | Float64Array>>;
}

/** Parses rows of numbers: those that have the usual form in native code, 10 million in about 2 s, and all others in TypeScript. */
export class TextRows {
  /** Number of points. */
  count = 0;
  /** Current line, from 1. */
  line: number;
  readonly #layout: TextLayout;
  readonly #values: TextPointValues;
  readonly #xyz: readonly number[];
  readonly #rgb: readonly number[];
  /** Columns up to the last that is used. */
  readonly #width: number;
  #declared: number | undefined;
  /** Rows that were left out. */
  #short = 0;
  #notFinite = 0;
  #firstShort = 0;
  #buffer = new Uint8Array();

  constructor(layout: TextLayout, values: TextPointValues) {
    const { columns, declared, headerLines } = layout;
    const place = (role: string): number => columns.findIndex(({ use }) => use === role);
    this.#layout = layout;
    this.#values = values;
    this.#xyz = ["x", "y", "z"].map(place);
    this.#rgb = values.colors ? ["red", "green", "blue"].map(place) : [];
    this.#width = 1 + columns.findLastIndex(({ use }) => use !== undefined);
    this.#declared = declared;
    this.line = headerLines + 1;
  }

  /**
   * @param text whole lines, or the rest of the file
   * @param fraction of the file that was read, for the expected number of rows
   */
  parse(text: Uint8Array, fraction: number): void {
    const plain = this.#plainText(text);
    let offset = 0;
    let fallbackRows = 1;
    while (offset < text.length) {
      const parsed = this.#parsePlainRows(plain.subarray(offset), fraction);
      offset += parsed.bytes;
      fallbackRows = parsed.count > 0 ? 1 : Math.min(MAX_FALLBACK_ROWS, 2 * fallbackRows);
      if (parsed.isFull) continue;
      for (let i = 0; i < fallbackRows && offset < text.length; i += 1) {
        const end = lineEnd(text, offset);
        this.#parseLine(latin1(text.subarray(offset, end)), fraction);
        offset = end;
      }
    }
  }

  /** Sentences about the rows that were left out, and about the declared number of points. */
  warnings(): string[] {
    const warnings: string[] = [];
    const all = this.count + this.#short + this.#notFinite;
    if (this.#short > 0) {
      warnings.push(
        `${this.#short} of ${all} rows have too few numbers, or words instead of coordinates (the first is line ${this.#firstShort}); left out`,
      );
    }
    if (this.#notFinite > 0)
      warnings.push(`${this.#notFinite} of ${all} points have no finite coordinates; left out`);
    if (this.#declared !== undefined && all < this.#declared)
      warnings.push(`the file has ${all} of the ${this.#declared} points that it declares: it is cut off`);
    return warnings;
  }

  /** The text with blanks between the fields, and a line end at its end. */
  #plainText(text: Uint8Array): Uint8Array {
    const { separator, decimalComma } = this.#layout;
    const isEnded = text.at(-1) === LF;
    if (separator === undefined && isEnded) return text;
    if (this.#buffer.length < text.length + 1) this.#buffer = new Uint8Array(text.length + 1);
    const plain = this.#buffer.subarray(0, text.length + (isEnded ? 0 : 1));
    plain.set(text);
    if (!isEnded) plain[text.length] = LF;
    if (separator === undefined) return plain;
    const code = separator.charCodeAt(0);
    let isEmpty = true;
    for (let i = 0; i < text.length; i += 1) {
      const byte = text[i] ?? 0;
      if (byte === code) {
        plain[i] = isEmpty ? EMPTY : SPACE;
        isEmpty = true;
      } else if (byte > SPACE) {
        isEmpty = false;
        if (decimalComma ? byte === COMMA : byte === SEMICOLON) plain[i] = decimalComma ? POINT : EMPTY;
      } else if (byte === LF || byte === CR) {
        isEmpty = true;
      } else if (!isEmpty && isDigit(text[i - 1]) && isNumberByte(text[i + 1])) {
        // A blank inside a field is not a separator.
        plain[i] = EMPTY;
      }
    }
    return plain;
  }

  #parsePlainRows(text: Uint8Array, fraction: number) {
    const { positions, colors, arrays } = this.#values;
    // The first rows decide about the floating origin: always the same number, for blocks of any size.
    const limit = this.count < MAX_ROWS ? MAX_ROWS - this.count : MAX_ROWS;
    const rows = Math.min(limit, Math.ceil(text.length / (2 * this.#width)));
    this.#reserve(rows, fraction);
    const max = new Uint32Array(1);
    const properties = Array.from({ length: this.#width }, (_, i): TextProperty => {
      const axis = this.#xyz.indexOf(i);
      if (axis >= 0) {
        const origin = positions.origin[axis] ?? 0;
        return { to: positions.array, start: positions.length + axis, stride: 3, origin };
      }
      const channel = this.#rgb.indexOf(i);
      if (colors && channel >= 0)
        return { to: colors.array, start: colors.length + channel, stride: 3, origin: 0 };
      const values = arrays.get(i);
      if (values) return { to: values.array, start: values.length, stride: 1, origin: 0 };
      return { start: 0, stride: 1, origin: 0 };
    });
    const parsed = parseRows(text, rows, properties, max);
    this.#add(parsed.count);
    this.line += parsed.lines;
    return { ...parsed, isFull: parsed.count === rows };
  }

  #reserve(rows: number, fraction: number): void {
    const { positions, colors, arrays } = this.#values;
    positions.reserve(3 * rows, fraction);
    colors?.reserve(3 * rows, fraction);
    for (const array of arrays.values()) array.reserve(rows, fraction);
  }

  #add(rows: number): void {
    const { positions, colors, arrays } = this.#values;
    positions.length += 3 * rows;
    if (colors) colors.length += 3 * rows;
    for (const array of arrays.values()) array.length += rows;
    this.count += rows;
    positions.settle();
  }

  #parseLine(line: string, fraction: number): void {
    const { separator, decimalComma } = this.#layout;
    this.line += 1;
    if (COMMENT.test(line)) return;
    const words = wordsOf(line, separator);
    if (words.length === 0) return;
    const [first = ""] = words;
    if (words.length === 1 && separator === undefined && /^\d{1,15}$/.test(first)) {
      // PTS files of several scans have a count before each.
      if (this.#declared !== undefined) this.#declared += Number(first);
      return;
    }
    const numbers = words.slice(0, this.#width).map((word) => numberOf(word, decimalComma));
    const xyz = this.#xyz.map((place) => numbers[place]);
    if (numbers.length < this.#width || xyz.includes(undefined)) {
      this.#short += 1;
      if (this.#short === 1) this.#firstShort = this.line - 1;
      return;
    }
    if (xyz.some((value) => Number.isNaN(value))) {
      this.#notFinite += 1;
      return;
    }
    this.#reserve(1, fraction);
    const { positions, colors, arrays } = this.#values;
    for (const [axis, value] of xyz.entries()) {
      positions.array[positions.length + axis] = (value ?? 0) - (positions.origin[axis] ?? 0);
    }
    for (const [channel, place] of this.#rgb.entries()) {
      if (colors) colors.array[colors.length + channel] = numbers[place] ?? 0;
    }
    for (const [place, values] of arrays) values.array[values.length] = numbers[place] ?? Number.NaN;
    this.#add(1);
  }
}

function isDigit(byte = 0): boolean {
  return byte >= 48 && byte <= 57;
}

function isNumberByte(byte = 0): boolean {
  return isDigit(byte) || byte === 45 || byte === 46;
}

/** Offset after the line at `offset`. */
function lineEnd(text: Uint8Array, offset: number): number {
  for (let i = offset; i < text.length; i += 1) {
    if (text[i] === LF) return i + 1;
    if (text[i] === CR) return text[i + 1] === LF ? i + 2 : i + 1;
  }
  return text.length;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
