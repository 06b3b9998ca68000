/**
 * A frame that is late by up to this time does not delay the one after it, ms. Without this, a source of 60 frames per second was
 * limited to 55 at an interval of 16 ms, and its frames were twice as old.
 */
const MAX_CATCH_UP_MS = 8;

/** Limits the rate of encoding by a minimum average interval: a late frame lets the next be early. */
export class FrameRateLimiter {
  readonly #msBetween: number;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** `msBetween`: average interval, ms. */
  constructor(msBetween: number) {
    this.#msBetween = msBetween;
  }

  /** Earliest time of the next encoding, by the clock of {@link onEncode}. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Records that a frame is encoded at `now`. */
  onEncode(now: number): void {
    const earliest = now - Math.min(this.#msBetween / 2, MAX_CATCH_UP_MS);
    this.#nextAt = Math.max(this.#nextAt, earliest) + this.#msBetween;
  }
}
