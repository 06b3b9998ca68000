import { Backoff } from "../util/backoff.ts";
import { smooth } from "../util/filters.ts";

/** Below this round-trip time one frame in flight already reaches the full frame rate, ms. */
const MIN_WORTHWHILE_RTT_MS = 18;
/** Number of acknowledgements after which a trial of a window size is evaluated. */
const TRIAL_FRAMES = 8;
/** A second frame in flight is kept while its delay is at most this multiple of the delay of a single one … */
const MAX_DELAY_FACTOR = 1.25;
/** … plus this measurement tolerance, ms. */
const TOLERANCE_MS = 4;
/** Time until a second frame that had to queue is tried again, ms; doubled each time. */
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 160_000;
const SMOOTHING = 0.2;

/**
 * Decides whether one or two JPEG frames may be in flight, and when the second is sent.
 *
 * With one, the link is idle during the round trip: at 30 ms, 24 of 60 frames per second arrived, with two 47. But if most of
 * the delay is the transfer time of the bytes, a second frame only queues at the bottleneck and is older when it arrives. A trial
 * shows which applies: whether delays grow.
 */
export class InFlightWindow {
  #isDouble = false;
  /** Smoothed delay of a frame alone in flight, and of one behind another; null before the first. */
  #aloneMs: number | null = null;
  #behindMs: number | null = null;
  #count = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  readonly #retry = new Backoff({ first: RETRY_MS, max: MAX_RETRY_MS });

  /** Time after a frame at which the next can be sent without its acknowledgement, ms; null: the acknowledgement is required. */
  get nextAfterMs(): number | null {
    return this.#isDouble && this.#aloneMs !== null ? this.#aloneMs / 2 : null;
  }

  /**
   * Records an acknowledgement at `now`, ms of any clock: `ms` after its frame was sent, which was `alone` in flight or behind
   * another. `missing`: whether a newer frame waits.
   */
  onAcknowledged(
    { ms, alone, missing }: { ms: number; alone: boolean; missing: boolean },
    now: number,
  ): void {
    this.#count++;
    // A connection that became faster is not compared with its former delay.
    if (alone || ms < (this.#aloneMs ?? 0)) this.#aloneMs = smooth(this.#aloneMs, ms, SMOOTHING);
    if (!alone) this.#behindMs = smooth(this.#behindMs, ms, SMOOTHING);
    if (this.#count < TRIAL_FRAMES || this.#aloneMs === null) return;
    if (!this.#isDouble) {
      if (missing && this.#aloneMs > MIN_WORTHWHILE_RTT_MS && now >= this.#retryAt) this.#setDouble(true);
    } else if (this.#aloneMs <= MIN_WORTHWHILE_RTT_MS) this.#setDouble(false);
    else if ((this.#behindMs ?? 0) > this.#aloneMs * MAX_DELAY_FACTOR + TOLERANCE_MS) {
      this.#setDouble(false);
      this.#retryAt = now + this.#retry.next();
    }
  }

  #setDouble(isDouble: boolean): void {
    this.#isDouble = isDouble;
    this.#behindMs = null;
    this.#count = 0;
  }
}
