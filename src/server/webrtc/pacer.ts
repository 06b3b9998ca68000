/** So much may leave at once, bytes: a frame at 6 Mbit/s, and less than what the queues of home routers hold. */
const BURST_BYTES = 25_000;
/** The rest leaves so many times faster than the bit rate, so that a frame is out before the next one comes. */
const FASTER = 2.5;
/** A wait is this long at least, ms: timers are no finer. */
const LEAST_WAIT_MS = 2;

/**
 * When packets may leave: a token bucket. Small frames leave at once; what is larger, a keyframe, is spread so that it does
 * not run over a narrow place, and the sooner the faster the link is known to be.
 */
export class Pacer {
  #left = BURST_BYTES;
  #since: number;

  /** `now`: ms of any clock, as in the other calls. */
  constructor(now: number) {
    this.#since = now;
  }

  /** How fast packets leave beyond what may leave at once; `bitrate` in bits per second. */
  bytesPerMs(bitrate: number): number {
    return (FASTER * bitrate) / 8000;
  }

  /** Takes what a packet of so many bytes needs. `bitrate` in bits per second. @returns ms to wait before it may leave, 0: now */
  take(bytes: number, bitrate: number, now: number): number {
    const bytesPerMs = this.bytesPerMs(bitrate);
    this.#left = Math.min(BURST_BYTES, this.#left + (now - this.#since) * bytesPerMs);
    this.#since = now;
    if (this.#left >= 0) {
      this.#left -= bytes;
      return 0;
    }
    return Math.max(LEAST_WAIT_MS, Math.ceil(-this.#left / bytesPerMs));
  }
}
