import { Backoff } from "../util/backoff.ts";
import { appendToWindow, smooth } from "../util/filters.ts";
import type { Delivery } from "./quality-control.ts";
import { LAYER_BITRATES } from "./video-layer.ts";

/** Initial bitrate, bit/s: good enough for 720p, and carried by any wired or decent wireless link. */
const INITIAL_BITRATE = 8_000_000;
/** A frame is late if its delay exceeds round-trip time plus transfer time by more than this, ms: shorter delays are scheduling. */
const LATE_TOLERANCE_MS = 50;
/** Upper bound for a plausible delay, ms. A longer one is queueing: a single such frame lowers the bitrate. */
const MAX_DELAY_MS = 1500;
/** Number of recent frames considered. A majority must be late; a single late frame is noise. */
const SAMPLE_COUNT = 5;
/** Multiplicative decrease: to this share of the received rate … */
const DECREASE_FACTOR = 0.85;
/** … but to no less than this share of the bitrate, since the stream may have used less than it. */
const MAX_DECREASE = 0.5;
/** Minimum time between changes, ms. Only frames sent after the last change count. */
const HOLD_MS = 300;
/** The bitrate increases by the factor when no frame was late for this time, ms. */
const INCREASE_AFTER_MS = 500;
const INCREASE_FACTOR = 1.1;
/** Time without an increase after a decrease, ms; doubled by each decrease that follows within MAX_RETRY_MS. */
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 64_000;
/** Window of the minimum round-trip time, ms: it must follow a laptop that changes its network. */
const MIN_RTT_WINDOW_MS = 20_000;
const SMOOTHING = 0.2;

/**
 * Bitrate of a video stream over TCP, from the delay of acknowledged frames. It
 * decreases when frames queue up, and increases slowly while they do not.
 *
 * It does not replace QualityControl and InFlightWindow, as measured on simulated links: JPEG frames have about the same size, so
 * that the minimum delay includes their transfer time, and no frame counts as late. At 2.4 Mbit/s and 20 ms, quality levels
 * derived from this bitrate gave 5.1 frames per second instead of 8.3 (level 0 all the time instead of level 2), at 1 Mbit/s 2.2
 * instead of 3.5. A second JPEG in flight by {@link lateAfterMs} made frames 399 ms old instead of 220 at 1.6 Mbit/s, and 158 instead
 * of 121 at 4.
 */
export class BitrateControl {
  /** bit/s */
  bitrate = INITIAL_BITRATE;
  /** Whether each of the newest frames was late. */
  #late: readonly boolean[] = [];
  /** Minimum delay in the current and the previous window, ms. */
  #minRttMs = Number.POSITIVE_INFINITY;
  #previousMinRttMs = Number.POSITIVE_INFINITY;
  #windowStart: number | null = null;
  #changedAt: number | null = null;
  #retryMs = 0;
  readonly #retry = new Backoff({ first: RETRY_MS, max: MAX_RETRY_MS });
  #decreasedAt = Number.NEGATIVE_INFINITY;
  /** Frames acknowledged within the last second. */
  #received: { at: number; bytes: number }[] = [];
  /** Smoothed time from sending a frame to its acknowledgement; null before the first. */
  rttMs: number | null = null;

  /** Longest time in flight after which a frame of this size is not late, ms; null before the first acknowledgement. */
  lateAfterMs(bytes: number): number | null {
    const rttMs = Math.min(this.#minRttMs, this.#previousMinRttMs);
    if (!Number.isFinite(rttMs)) return null;
    return Math.min(rttMs + (bytes * 8000) / this.bitrate + LATE_TOLERANCE_MS, MAX_DELAY_MS);
  }

  /** Records a frame acknowledged at `now`, ms of any clock, `ms` after it was sent. */
  onDelivered({ bytes, ms }: Pick<Delivery, "bytes" | "ms">, now: number): void {
    this.rttMs = smooth(this.rttMs, ms, SMOOTHING);
    this.#updateMinRtt(ms, now);
    this.#received = [...this.#received.filter(({ at }) => now - at < 1000), { at: now, bytes }];
    this.#changedAt ??= now - ms;
    if (now - ms < this.#changedAt) return;
    const isLate = ms > (this.lateAfterMs(bytes) ?? Number.POSITIVE_INFINITY);
    this.#late = appendToWindow(this.#late, isLate, SAMPLE_COUNT);
    if (now - this.#changedAt < HOLD_MS) return;
    const late = this.#late.filter(Boolean).length;
    if (late > SAMPLE_COUNT / 2 || ms > MAX_DELAY_MS) this.#decrease(bytes, ms, now);
    else if (late === 0) this.#increase(now);
  }

  #decrease(bytes: number, ms: number, now: number): void {
    const first = this.#received[0];
    const received = this.#received.slice(1).reduce((sum, each) => sum + each.bytes, 0);
    // With a single frame in the last second, the rate is that of its own delay.
    const bytesPerMs = first === undefined || first.at === now ? bytes / ms : received / (now - first.at);
    const measured = bytesPerMs * 8000;
    if (now - this.#decreasedAt >= MAX_RETRY_MS) this.#retry.reset();
    this.#retryMs = this.#retry.next();
    this.#decreasedAt = now;
    const min = ms > MAX_DELAY_MS ? 0 : this.bitrate * MAX_DECREASE;
    this.#set(Math.max(Math.min(measured, this.bitrate) * DECREASE_FACTOR, min), now);
  }

  #increase(now: number): void {
    if (now - (this.#changedAt ?? now) < INCREASE_AFTER_MS || now - this.#decreasedAt < this.#retryMs) return;
    this.#set(this.bitrate * INCREASE_FACTOR, now);
  }

  #set(bitrate: number, now: number): void {
    this.bitrate = Math.min(Math.max(bitrate, LAYER_BITRATES[2].min), LAYER_BITRATES[0].max);
    this.#changedAt = now;
    this.#late = [];
  }

  #updateMinRtt(ms: number, now: number): void {
    this.#windowStart ??= now;
    if (now - this.#windowStart > MIN_RTT_WINDOW_MS) {
      this.#previousMinRttMs = this.#minRttMs;
      this.#minRttMs = Number.POSITIVE_INFINITY;
      this.#windowStart = now;
    }
    this.#minRttMs = Math.min(this.#minRttMs, ms);
  }
}
