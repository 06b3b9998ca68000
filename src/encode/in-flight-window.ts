/** Where a picture is acknowledged sooner, one alone on the way makes all the frames that there are. */
const WORTHWHILE_MS = 18;
/** How many acknowledgements it takes to know what one way of sending brings. */
const TRIAL_PICTURES = 8;
/** So much longer may a picture be on its way when another is before it … */
const LONGER = 1.25;
/** … and this, ms, for what any measurement is off. */
const TOLERANCE_MS = 4;
/** A second one that had to wait for the first is not tried again so soon; then twice as long … */
const RETRY_MS = 10_000;
/** … to this at most. */
const LONGEST_RETRY_MS = 160_000;
const SMOOTHING = 0.2;

/**
 * Whether a second picture may be on its way behind the first, and when it goes.
 *
 * With one alone the way there and back is idle time: at 30 ms 24 frames a second came of 60, with two 47. Where the time is
 * that of the bytes a second one would wait in front of the narrow place and be the older for it. Which of the two it is shows
 * when it is tried: then pictures take no longer, or they do.
 */
export class InFlightWindow {
  #isDouble = false;
  /** How long a picture takes alone, and how long with another on its way; null before the first. */
  #aloneMs: number | null = null;
  #togetherMs: number | null = null;
  #count = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #retryMs = RETRY_MS;

  /** How long after one picture the next may go without an acknowledgement, ms; null: not before it. */
  get nextAfterMs(): number | null {
    return this.#isDouble && this.#aloneMs !== null ? this.#aloneMs / 2 : null;
  }

  /**
   * Tells of an acknowledgement at `now`, ms of any clock: `ms` after its picture was sent, with another before it on the
   * way or `alone`. `missing`: whether a frame waits.
   */
  onAcknowledged(
    { ms, alone, missing }: { ms: number; alone: boolean; missing: boolean },
    now: number,
  ): void {
    this.#count++;
    // A connection that has become quicker is not to be measured by what it was.
    if (alone || ms < (this.#aloneMs ?? 0)) this.#aloneMs = smooth(this.#aloneMs, ms);
    if (!alone) this.#togetherMs = smooth(this.#togetherMs, ms);
    if (this.#count < TRIAL_PICTURES || this.#aloneMs === null) return;
    if (!this.#isDouble) {
      if (missing && this.#aloneMs > WORTHWHILE_MS && now >= this.#retryAt) this.#switch(true);
    } else if (this.#aloneMs <= WORTHWHILE_MS) this.#switch(false);
    else if ((this.#togetherMs ?? 0) > this.#aloneMs * LONGER + TOLERANCE_MS) {
      this.#switch(false);
      this.#retryAt = now + this.#retryMs;
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    }
  }

  #switch(isDouble: boolean): void {
    this.#isDouble = isDouble;
    this.#togetherMs = null;
    this.#count = 0;
  }
}

function smooth(before: number | null, value: number): number {
  return before === null ? value : before + SMOOTHING * (value - before);
}
