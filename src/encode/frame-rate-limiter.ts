/**
 * A picture that came up to so late does not put off the one after it, ms. Without, a program of 60 frames a second came to
 * 55 at 16 ms between, and to twice the age.
 */
const LATE_MS = 8;

/** When the next picture may be encoded, where there is a shortest time from one to the next. */
export class FrameRateLimiter {
  readonly #msBetween: number;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** `msBetween`: on average; what one came late the next may come sooner. */
  constructor(msBetween: number) {
    this.#msBetween = msBetween;
  }

  /** Of the same clock as {@link onEncode}'s. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** One is encoded at `now`. */
  onEncode(now: number): void {
    const soonest = now - Math.min(this.#msBetween / 2, LATE_MS);
    this.#nextAt = Math.max(this.#nextAt, soonest) + this.#msBetween;
  }
}
