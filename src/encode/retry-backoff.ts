/** Delay before a failed encoding is retried, ms; doubled with each failure in a row … */
const FIRST_DELAY_MS = 250;
/** … up to this. */
const MAX_DELAY_MS = 30_000;

/** Exponential backoff of an encoding that fails. */
export class RetryBackoff {
  #delayMs = 0;
  #retryAt = 0;

  /** Delay after the newest failure, ms; 0 after a success. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Time of the next attempt, `performance.now()`. */
  get retryAt(): number {
    return this.#retryAt;
  }

  onFailure(): void {
    this.#delayMs = Math.min(Math.max(FIRST_DELAY_MS, 2 * this.#delayMs), MAX_DELAY_MS);
    this.#retryAt = performance.now() + this.#delayMs;
  }

  onSuccess(): void {
    this.#delayMs = 0;
  }
}
