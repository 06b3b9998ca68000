import { DecimalParser } from "./decimal-parser.ts";

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

const NOT_FINITE = /^[-+]?(?:\d*\.?#?(?:nan|qnan|snan|ind|inf)|infinity)/i;

/** The complete lines of a text: those that have a line end. */
export function wholeLines(text: Uint8Array): Uint8Array {
  return text.subarray(0, text.lastIndexOf(NEWLINE) + 1);
}

/** Scanner for words and numbers in ASCII bytes. */
export class NumberScanner {
  readonly #bytes: Uint8Array;
  readonly #decimals: DecimalParser;
  /** Current line number, from 1. */
  line: number;
  #offset: number;

  constructor(bytes: Uint8Array, start: number, line: number) {
    this.#bytes = bytes;
    this.#decimals = new DecimalParser(bytes);
    this.#offset = start;
    this.line = line;
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#offset;
  }

  /** The bytes from `offset` on. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset);
  }

  reset(offset: number, line: number): void {
    this.#offset = offset;
    this.line = line;
  }

  /** Advances to the next word, across line ends. @returns false at the end of the text */
  findWord(): boolean {
    const bytes = this.#bytes;
    let offset = this.#offset;
    for (; offset < bytes.length; offset += 1) {
      const code = bytes[offset] ?? 0;
      if (code > SPACE) break;
      if (code === NEWLINE || (code === RETURN && bytes[offset + 1] !== NEWLINE)) this.line += 1;
    }
    this.#offset = offset;
    return offset < bytes.length;
  }

  /**
   * Reads the current word as a number, NaN and infinities included.
   *
   * @returns undefined if the word is not a number, which is then not consumed
   */
  number(): number | undefined {
    const value = this.#decimals.parse(this.#offset);
    if (Number.isNaN(value)) return this.#slowNumber();
    this.#offset = this.#decimals.end;
    return value;
  }

  #slowNumber(): number | undefined {
    const word = this.word();
    const value = Number(word);
    const known = Number.isNaN(value) ? NOT_FINITE.test(word) : !/^[-+]?0[box]/i.test(word);
    if (!known) return undefined;
    this.#offset += word.length;
    return value;
  }

  /**
   * Whether the current word is this keyword, in any letter case.
   *
   * @param word in lower case
   */
  isKeyword(word: string): boolean {
    const bytes = this.#bytes;
    if ((bytes[this.#offset + word.length] ?? 0) > SPACE) return false;
    for (let i = 0; i < word.length; i += 1) {
      // Setting bit 5 converts ASCII capitals to lower case.
      if (((bytes[this.#offset + i] ?? 0) | 32) !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Consumes the current word if it is this keyword. */
  skipKeyword(word: string): boolean {
    const isKeyword = this.isKeyword(word);
    if (isKeyword) this.#offset += word.length;
    return isKeyword;
  }

  /** The current word, not consumed; at most its first 100 characters. */
  word(): string {
    let end = this.#offset;
    while (end < this.#bytes.length && end < this.#offset + 100 && (this.#bytes[end] ?? 0) > SPACE) end += 1;
    return String.fromCharCode(...this.#bytes.subarray(this.#offset, end));
  }

  /** Whether the text ends with the current word, which can then be truncated. */
  touchesEnd(): boolean {
    return this.#offset + this.word().length >= this.#bytes.length;
  }

  skipLine(): void {
    let offset = this.#offset;
    const bytes = this.#bytes;
    while (offset < bytes.length && bytes[offset] !== NEWLINE && bytes[offset] !== RETURN) offset += 1;
    this.#offset = offset;
  }

  /** Number of words up to the end of the line, at most `max`. */
  wordsOnLine(max: number): number {
    let words = 0;
    let inWord = false;
    for (let offset = this.#offset; offset < this.#bytes.length && words < max; offset += 1) {
      const code = this.#bytes[offset] ?? 0;
      if (code === NEWLINE || code === RETURN) break;
      if (code > SPACE && !inWord) words += 1;
      inWord = code > SPACE;
    }
    return words;
  }

  /** Number of non-blank lines up to the end of the text, at most `max`. */
  linesLeft(max: number): number {
    let lines = 0;
    let empty = true;
    for (let offset = this.#offset; offset < this.#bytes.length && lines < max; offset += 1) {
      const code = this.#bytes[offset] ?? 0;
      if (code === NEWLINE || code === RETURN) empty = true;
      else if (code > SPACE && empty) {
        lines += 1;
        empty = false;
      }
    }
    return lines;
  }
}
