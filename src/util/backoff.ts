/** Exponential backoff: delays in any unit, each twice the one before, from `first` up to `max`. */
export class Backoff {
  readonly #first: number;
  readonly #max: number;
  #next: number;

  constructor({ first, max }: { first: number; max: number }) {
    this.#first = first;
    this.#max = max;
    this.#next = first;
  }

  /** The delay before the next attempt; the one after it is longer. */
  next(): number {
    const delay = this.#next;
    this.#next = Math.min(2 * delay, this.#max);
    return delay;
  }

  /** Restarts from `first`, after a success. */
  reset(): void {
    this.#next = this.#first;
  }
}
