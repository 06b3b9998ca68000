/** Reads numbers of any number of bits, the highest bit of a byte first. Beyond the end, all bits are 0. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  readonly #digits = new Uint8Array(16);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether bits beyond the end were read. */
  get isBeyondEnd(): boolean {
    return this.#position > 8 * this.#bytes.length;
  }

  /** Reads an unsigned number. @param count number of its bits, at most 32 */
  bits(count: number): number {
    let [value, rest] = [0, count];
    while (rest > 0) {
      const used = this.#position & 7;
      const part = Math.min(rest, 8 - used);
      const byte = this.#bytes[this.#position >>> 3] ?? 0;
      value = value * (1 << part) + ((byte >> (8 - used - part)) & ((1 << part) - 1));
      this.#position += part;
      rest -= part;
    }
    return value;
  }

  /**
   * Reads three numbers that are packed into one: a, b and c below their sizes as (a * sizes[1] + b) * sizes[2] + c. Its bits are in groups of
   * eight, the lowest group first.
   *
   * @param count number of its bits, at most 96
   */
  triple(count: number, sizes: readonly [number, number, number], target: Float64Array): void {
    if (count <= 52) {
      let [value, factor] = [0, 1];
      for (let rest = count; rest > 0; rest -= 8) {
        value += factor * this.bits(Math.min(rest, 8));
        factor *= 256;
      }
      const high = Math.floor(value / sizes[2]);
      target[2] = value - high * sizes[2];
      target[0] = Math.floor(high / sizes[1]);
      target[1] = high - target[0] * sizes[1];
      return;
    }
    // Above the precision of doubles: long division of digits with the base 256.
    const digits = this.#digits;
    const length = Math.ceil(count / 8);
    for (let i = 0; i < length; i += 1) digits[i] = this.bits(Math.min(8, count - 8 * i));
    target[2] = this.#divide(length, sizes[2]);
    target[1] = this.#divide(length, sizes[1]);
    target[0] = this.#divide(length, sizes[0]);
  }

  /** Divides the digits in place. @returns the remainder */
  #divide(length: number, divisor: number): number {
    const digits = this.#digits;
    let remainder = 0;
    for (let i = length - 1; i >= 0; i -= 1) {
      const value = remainder * 256 + (digits[i] ?? 0);
      const quotient = Math.floor(value / divisor);
      digits[i] = quotient;
      remainder = value - quotient * divisor;
    }
    return remainder;
  }
}
