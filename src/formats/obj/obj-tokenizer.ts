import { DecimalParser } from "../decimal-parser.ts";
import { decodeText } from "../text-encoding.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const HASH = 35;
const PLUS = 43;
const MINUS = 45;
const SLASH = 47;
const ZERO = 48;
const BACKSLASH = 92;

const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?$/;
const NOT_A_NUMBER = /^[-+]?(?:nan|inf|infinity|1\.#\w+)/i;

/**
 * Tokenizer of OBJ text, without copies: lines end with LF, CR LF or CR, a backslash before the line end continues the
 * statement on the next line, and # starts a comment, which cannot be continued.
 */
export class ObjTokenizer {
  /** Current line number, from 1. */
  line = 1;
  #bytes: Uint8Array = new Uint8Array();
  #decimals = new DecimalParser(this.#bytes);
  /** Offset of the next byte to read. */
  #offset = 0;
  /** Range of the current word. */
  #start = 0;
  #end = 0;

  /** @param bytes text in an ASCII-compatible encoding, from the beginning of a line */
  reset(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#decimals = new DecimalParser(bytes);
    this.#offset = 0;
  }

  /** Number of bytes that were parsed. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether the text contains the end of the current line and of its continuation lines. */
  hasWholeLine(): boolean {
    const bytes = this.#bytes;
    for (let offset = this.#offset; offset < bytes.length; offset += 1) {
      const byte = bytes[offset];
      if (byte === BACKSLASH && this.#continues(offset)) {
        while (bytes[offset] !== LF && bytes[offset] !== CR) offset += 1;
        if (bytes[offset] === CR && bytes[offset + 1] === LF) offset += 1;
      } else if (byte === LF) return true;
      // A line feed that belongs to the line end can follow.
      else if (byte === CR) return offset + 1 < bytes.length;
    }
    return false;
  }

  /** Advances to the beginning of the next line, or to the end of the text. */
  nextLine(): void {
    this.#skipToLineEnd();
    if (this.#offset < this.#bytes.length) this.#skipLineEnd();
  }

  /** Advances to the next word of this statement; false at its end or at a comment. */
  nextWord(): boolean {
    const bytes = this.#bytes;
    let offset = this.#offset;
    for (;;) {
      const byte = bytes[offset] ?? LF;
      if (isBlank(byte)) offset += 1;
      else if (byte === BACKSLASH && this.#continues(offset)) {
        this.#offset = offset + 1;
        this.#skipToLineEnd();
        this.#skipLineEnd();
        offset = this.#offset;
      } else break;
    }
    this.#offset = offset;
    const first = bytes[offset] ?? LF;
    if (first === LF || first === CR || first === HASH) return false;
    let end = offset + 1;
    for (;;) {
      const byte = bytes[end] ?? LF;
      if (byte === LF || byte === CR || isBlank(byte)) break;
      if (byte === BACKSLASH && this.#continues(end)) break;
      end += 1;
    }
    this.#start = offset;
    this.#end = end;
    this.#offset = end;
    return true;
  }

  /** The current word, decoded. */
  get word(): string {
    return decodeText(this.#bytes.subarray(this.#start, this.#end));
  }

  isCharacter(code: number): boolean {
    return this.#end - this.#start === 1 && this.#bytes[this.#start] === code;
  }

  isPair(first: number, second: number): boolean {
    const offset = this.#start;
    return this.#end - offset === 2 && this.#bytes[offset] === first && this.#bytes[offset + 1] === second;
  }

  /** Reads the rest of the statement as text, comments included: names may contain spaces and #. */
  rest(): string {
    const bytes = this.#bytes;
    let text = "";
    let from = this.#offset;
    for (let offset = from; ; offset += 1) {
      const byte = bytes[offset] ?? LF;
      const joins = byte === BACKSLASH && this.#continues(offset);
      if (!joins && byte !== LF && byte !== CR) continue;
      text += decodeText(bytes.subarray(from, offset));
      this.#offset = offset;
      if (!joins) return text.trim();
      this.#skipToLineEnd();
      this.#skipLineEnd();
      text += " ";
      from = this.#offset;
      offset = from - 1;
    }
  }

  /**
   * Fast path for numbers: reads the next word if it is a decimal number of up to 15 digits without an exponent.
   *
   * @returns NaN for any other word, which is not consumed
   */
  plainNumber(): number {
    const bytes = this.#bytes;
    let offset = this.#offset;
    while (isBlank(bytes[offset] ?? LF)) offset += 1;
    const value = this.#decimals.parse(offset);
    if (!Number.isNaN(value)) this.#offset = this.#decimals.end;
    return value;
  }

  /** The current word as a number: NaN if it spells NaN or infinity, undefined if it is not a number. */
  number(): number | undefined {
    const { word } = this;
    if (DECIMAL.test(word)) return Number(word.replace(/d/i, "e"));
    return NOT_A_NUMBER.test(word) ? Number.NaN : undefined;
  }

  /**
   * Parses the current word as up to three integers separated by slashes, as in a face statement.
   *
   * @param into receives the integers, 0 for each that is left out
   * @returns false if the word has another form
   */
  indices(into: Int32Array): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let offset = this.#start;
    into[0] = 0;
    into[1] = 0;
    into[2] = 0;
    for (let part = 0; part < 3; part += 1) {
      const sign = bytes[offset] === MINUS ? -1 : 1;
      if (sign < 0 || bytes[offset] === PLUS) offset += 1;
      let value = 0;
      const first = offset;
      for (; offset < end; offset += 1) {
        const digit = (bytes[offset] ?? 0) - ZERO;
        if (digit < 0 || digit > 9) break;
        value = 10 * value + digit;
      }
      if (offset === first && (part === 0 || sign < 0)) return false;
      if (value > 2 ** 31 - 1) return false;
      into[part] = sign * value;
      if (offset === end) return true;
      if (bytes[offset] !== SLASH) return false;
      offset += 1;
    }
    return offset === end;
  }

  /** Whether a backslash continues the line: only blanks follow it. */
  #continues(backslash: number): boolean {
    const bytes = this.#bytes;
    let offset = backslash + 1;
    while (isBlank(bytes[offset] ?? LF)) offset += 1;
    return offset < bytes.length && (bytes[offset] === LF || bytes[offset] === CR);
  }

  #skipToLineEnd(): void {
    const bytes = this.#bytes;
    let offset = this.#offset;
    while (offset < bytes.length && bytes[offset] !== LF && bytes[offset] !== CR) offset += 1;
    this.#offset = offset;
  }

  #skipLineEnd(): void {
    const isPair = this.#bytes[this.#offset] === CR && this.#bytes[this.#offset + 1] === LF;
    this.#offset += isPair ? 2 : 1;
    this.line += 1;
  }
}

/** Whether a byte is white space within a line. Control characters are included: some files are padded with NUL. */
function isBlank(byte: number): boolean {
  return byte <= SPACE && byte !== LF && byte !== CR;
}
