import type { CongestionControl } from "./congestion-control.ts";

type PacingRates = Pick<CongestionControl, "bitrate" | "pacing">;

/** Burst size as time at the bitrate, ms: a burst queues before the link, and must not look like congestion … */
const BURST_MS = 20;
/** … and its upper limit, bytes, which is less than the queues of home routers. */
const MAX_BURST_BYTES = 25_000;
/** Upper limit of the debt, ms: more is not counted, because the bitrate may have been reduced meanwhile. */
export const MAX_COUNTED_DEBT_MS = 400;
/** Minimum wait, ms: timers are not more precise. */
const MIN_WAIT_MS = 2;

/**
 * Spreads packets over time: a token bucket. Small frames are sent immediately; a large one, such as a keyframe, is spread so that
 * it does not overflow the queue of a bottleneck, and the faster the link is known to be, the faster it is sent.
 */
export class Pacer {
  #burstLeft = MAX_BURST_BYTES;
  /** Bytes sent beyond the bitrate. */
  #debt = 0;
  #updatedAtMs: number;

  /** `now`: ms of any clock, as in the other calls. */
  constructor(now: number) {
    this.#updatedAtMs = now;
  }

  /** Takes the tokens for a packet if it can be sent now, and returns 0; otherwise returns the time to wait, ms. */
  take(bytes: number, rates: PacingRates, now: number): number {
    this.#update(rates, now);
    if (this.#burstLeft >= 0) {
      this.#burstLeft -= bytes;
      this.#debt += bytes;
      return 0;
    }
    return Math.max(MIN_WAIT_MS, Math.ceil((-8000 * this.#burstLeft) / rates.pacing));
  }

  /** How far the bytes sent are ahead of the bitrate, ms. */
  debtMs(rates: PacingRates, now: number): number {
    this.#update(rates, now);
    return (8000 * this.#debt) / rates.bitrate;
  }

  #update({ bitrate, pacing }: PacingRates, now: number): void {
    const ms = now - this.#updatedAtMs;
    this.#updatedAtMs = now;
    const burst = Math.min(MAX_BURST_BYTES, (BURST_MS * bitrate) / 8000);
    this.#burstLeft = Math.min(burst, this.#burstLeft + (ms * pacing) / 8000);
    const debt = Math.min(this.#debt, (MAX_COUNTED_DEBT_MS * bitrate) / 8000);
    this.#debt = Math.max(0, debt - (ms * bitrate) / 8000);
  }
}
