const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** Integers of up to 15 digits, and powers of ten up to 1e15, are exact as doubles. */
const MAX_EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MAX_EXACT_DIGITS + 1 }, (_, i) => Number(`1e${i}`));

/**
 * Fast path of the text formats for decimal numbers of up to 15 digits without an exponent, which are the most common. It
 * parses bytes and creates no strings: a mesh has millions of numbers.
 */
export class DecimalParser {
  /** Offset after the last parsed number. */
  end = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @returns NaN if the word at this offset has more digits, an exponent or another form */
  parse(start: number): number {
    const bytes = this.#bytes;
    let offset = start;
    let byte = bytes[offset] ?? 0;
    const negative = byte === MINUS;
    if (negative || byte === PLUS) {
      offset += 1;
      byte = bytes[offset] ?? 0;
    }
    let mantissa = 0;
    let digits = 0;
    let digitsBeforePoint = -1;
    for (;;) {
      if (byte >= ZERO && byte <= NINE) {
        mantissa = 10 * mantissa + (byte - ZERO);
        digits += 1;
      } else if (byte === DOT && digitsBeforePoint < 0) digitsBeforePoint = digits;
      else break;
      offset += 1;
      byte = bytes[offset] ?? 0;
    }
    if (byte > SPACE || digits === 0 || digits > MAX_EXACT_DIGITS) return Number.NaN;
    this.end = offset;
    // Both operands are exact doubles, so the quotient is correctly rounded, like the result of parseFloat.
    const value =
      digitsBeforePoint < 0 ? mantissa : mantissa / (POWERS_OF_TEN[digits - digitsBeforePoint] ?? 1);
    return negative ? -value : value;
  }
}
