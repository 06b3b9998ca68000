import type { NumericArray } from "../../data-kinds.ts";
import type { FileSource } from "../../file-source.ts";
import { DataError, quote } from "../../load-error.ts";
import { NumberScanner } from "../../number-scanner.ts";
import { startsWith } from "../../starts-with.ts";

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** Maximum length of a line of keywords, bytes. VTK reads 256. */
const MAX_LINE_BYTES = 8192;

/** Reader of the words and lines of a legacy VTK file, between which there can be binary data. */
export class LegacyText {
  readonly #source: FileSource;
  /** Length of the word that was peeked last, bytes. */
  #wordBytes = 0;

  constructor(source: FileSource) {
    this.#source = source;
  }

  /** The next word, not consumed; undefined at the end of the file. */
  async peekWord(): Promise<string | undefined> {
    const source = this.#source;
    for (;;) {
      await source.fillTo(MAX_LINE_BYTES);
      const { window } = source;
      let start = 0;
      while (start < window.length && (window[start] ?? 0) <= SPACE) start += 1;
      source.consume(start);
      if (start < window.length) break;
      if (source.isAtEnd) return undefined;
    }
    await source.fillTo(MAX_LINE_BYTES);
    const { window } = source;
    let end = 0;
    while (end < window.length && (window[end] ?? 0) > SPACE && end < MAX_LINE_BYTES) end += 1;
    this.#wordBytes = end;
    return decode(window.subarray(0, end));
  }

  async word(): Promise<string | undefined> {
    const word = await this.peekWord();
    if (word !== undefined) this.#source.consume(this.#wordBytes);
    return word;
  }

  /** The rest of the current line, consumed with its end. */
  async line(): Promise<string> {
    const source = this.#source;
    await source.fillTo(MAX_LINE_BYTES);
    const { window } = source;
    let end = 0;
    while (end < window.length && window[end] !== NEWLINE && end < MAX_LINE_BYTES) end += 1;
    const text = decode(window.subarray(0, window[end - 1] === RETURN ? end - 1 : end));
    source.consume(Math.min(window.length, end + 1));
    return text;
  }

  /** Whether the next line starts with a word. Consumes nothing, since the line can be binary data. */
  async isNextLine(word: string): Promise<boolean> {
    const source = this.#source;
    await source.fillTo(MAX_LINE_BYTES);
    const { window } = source;
    let start = 0;
    while (start < window.length && (window[start] ?? 0) <= SPACE && window[start] !== NEWLINE) start += 1;
    return window[start] === NEWLINE && startsWith(window.subarray(start + 1), word);
  }

  /** Consumes lines up to an empty one, or the end of the file. */
  async skipParagraph(): Promise<void> {
    while ((await this.line()).trim() !== "" && !this.#isAtEnd);
  }

  /** @throws DataError if the next word is not a count */
  async count(what: string): Promise<number> {
    const word = await this.word();
    const count = Number(word);
    if (word !== undefined && Number.isSafeInteger(count) && count >= 0) return count;
    throw new DataError(
      `the number of ${what} is ${quote(word ?? "")}, which is not a count: the file is damaged`,
    );
  }

  /** @throws DataError if the next word is not a number */
  async number(what: string): Promise<number> {
    const word = await this.word();
    const value = Number.parseFloat(word ?? "");
    if (Number.isFinite(value)) return value;
    throw new DataError(`${what} has ${quote(word ?? "")}, which is not a number: the file is damaged`);
  }

  /**
   * Parses numbers in ASCII.
   *
   * @throws DataError for a word that is not a number, or if the file ends before
   */
  async numbers(target: NumericArray): Promise<void> {
    const source = this.#source;
    for (let filled = 0; filled < target.length; ) {
      const { window, isAtEnd } = source;
      const scanner = new NumberScanner(isAtEnd ? window : wholeWords(window), 0, 0);
      while (filled < target.length && scanner.findWord()) {
        const value = scanner.number();
        if (value === undefined) {
          const { offset } = source;
          throw new DataError(`${quote(scanner.word())} at byte ${offset + scanner.offset} is not a number`);
        }
        target[filled] = value;
        filled += 1;
      }
      source.consume(scanner.offset);
      if (filled === target.length) return;
      if (isAtEnd) throw new DataError("the file ends inside an array: it is cut off; copy the file again");
      await source.fill();
    }
  }

  get #isAtEnd(): boolean {
    return this.#source.isAtEnd && this.#source.window.length === 0;
  }
}

function wholeWords(window: Uint8Array): Uint8Array {
  let end = window.length;
  while (end > 0 && (window[end - 1] ?? 0) > SPACE) end -= 1;
  return window.subarray(0, end);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
