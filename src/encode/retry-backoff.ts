import { Backoff } from "../util/backoff.ts";

/** Delay before a failed encoding is retried, ms. */
const MIN_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;

/** Backoff of an encoding that fails. */
export class RetryBackoff {
  readonly #backoff = new Backoff({ first: MIN_DELAY_MS, max: MAX_DELAY_MS });
  /** Delay after the newest failure, ms; 0 before the first. */
  delayMs = 0;
  /** Earliest time of the next attempt, `performance.now()`. */
  retryAt = 0;

  onFailure(): void {
    this.delayMs = this.#backoff.next();
    this.retryAt = performance.now() + this.delayMs;
  }

  onSuccess(): void {
    this.#backoff.reset();
  }
}
