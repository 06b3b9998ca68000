/**
 * Default: a frame that is late by up to this time does not delay the one after it, ms. Without this, a source of 60 frames per second was
 * limited to 55 at an interval of 16 ms, and its frames were twice as old.
 */
const MAX_CATCH_UP_MS = 8;

/** Limits the rate of frames by a minimum average interval: a late frame lets the next be early. */
export class FrameRateLimiter {
  readonly #msBetween: number;
  readonly #maxCatchUpMs: number;
  /** Earliest time of the next frame, by the clock of {@link onFrame}. */
  nextAt = Number.NEGATIVE_INFINITY;

  /** `msBetween`: average interval, ms. Never more than half of it is caught up. */
  constructor(msBetween: number, maxCatchUpMs = MAX_CATCH_UP_MS) {
    this.#msBetween = msBetween;
    this.#maxCatchUpMs = Math.min(msBetween / 2, maxCatchUpMs);
  }

  /** Records a frame at `now`. */
  onFrame(now: number): void {
    this.nextAt = Math.max(this.nextAt, now - this.#maxCatchUpMs) + this.#msBetween;
  }
}
