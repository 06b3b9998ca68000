/** Waits between attempts to connect again: each twice the one before, from `firstMs` up to `longestMs`. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(options: { firstMs: number; longestMs: number }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.longestMs;
    this.#nextMs = options.firstMs;
  }

  /** The wait before the next attempt in ms; the one after it will be longer. */
  next(): number {
    const wait = this.#nextMs;
    this.#nextMs = Math.min(wait * 2, this.#maxMs);
    return wait;
  }

  /** Starts over, after an attempt that worked. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
