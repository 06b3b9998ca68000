/** Bits per second. */
export interface PacedRates {
  /** What may leave in the long run. */
  readonly bitrate: number;
  /** How fast what is large leaves meanwhile. */
  readonly pacing: number;
}

/** So much may leave at once, ms of the bitrate: what then waits before the link must not look as if it were too much … */
const BURST_MS = 20;
/** … but no more than that, bytes, which is less than what the queues of home routers hold. */
const BURST_BYTES = 25_000;
/** What left is never counted as further ahead of the bitrate than this, ms: the way may have been found to take less since. */
const MOST_AHEAD_MS = 400;
/** A wait is this long at least, ms: timers are no finer. */
const LEAST_WAIT_MS = 2;

/**
 * When packets may leave: a token bucket. Small frames leave at once; what is larger, a keyframe, is spread so that it does
 * not run over a narrow place, and the sooner the faster the link is known to be.
 */
export class Pacer {
  #left = BURST_BYTES;
  #owed = 0;
  #since: number;

  /** `now`: ms of any clock, as in the other calls. */
  constructor(now: number) {
    this.#since = now;
  }

  /** Takes what a packet of so many bytes needs. @returns ms to wait before it may leave, 0: now */
  take(bytes: number, rates: PacedRates, now: number): number {
    this.#pass(rates, now);
    if (this.#left >= 0) {
      this.#left -= bytes;
      this.#owed += bytes;
      return 0;
    }
    return Math.max(LEAST_WAIT_MS, Math.ceil((-8000 * this.#left) / rates.pacing));
  }

  /** How far what has left is ahead of the bitrate, ms. */
  aheadMs(rates: PacedRates, now: number): number {
    this.#pass(rates, now);
    return (8000 * this.#owed) / rates.bitrate;
  }

  #pass({ bitrate, pacing }: PacedRates, now: number): void {
    const ms = now - this.#since;
    this.#since = now;
    const burst = Math.min(BURST_BYTES, (BURST_MS * bitrate) / 8000);
    this.#left = Math.min(burst, this.#left + (ms * pacing) / 8000);
    const owed = Math.min(this.#owed, (MOST_AHEAD_MS * bitrate) / 8000);
    this.#owed = Math.max(0, owed - (ms * bitrate) / 8000);
  }
}
