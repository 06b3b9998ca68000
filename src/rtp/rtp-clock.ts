import { randomInt } from "node:crypto";
import { VIDEO_CLOCK_RATE } from "./rtp.ts";

/** Maximum plausible difference between the renderer's clock and ours, ms. */
const MAX_CLOCK_OFFSET_MS = 10_000;

/** The RTP clock of one stream, with a random offset (RFC 3550, section 5.1). */
export class RtpClock {
  readonly #offset = randomInt(2 ** 32);
  readonly #startedAtMs = wallClockMs();
  #lastTicks = -1;

  /** The time stamp of the next frame, higher than that of the previous one. @param renderedAtMs ms since 1970, or NaN */
  nextTimestamp(renderedAtMs: number): number {
    const now = wallClockMs();
    const atMs = Math.abs(now - renderedAtMs) < MAX_CLOCK_OFFSET_MS ? renderedAtMs : now;
    this.#lastTicks = Math.max(this.#lastTicks + 1, this.#ticksAt(atMs));
    return (this.#offset + this.#lastTicks) >>> 0;
  }

  /** @param atMs ms since 1970 */
  timestampAt(atMs: number): number {
    return (this.#offset + this.#ticksAt(atMs)) >>> 0;
  }

  #ticksAt(atMs: number): number {
    return Math.round(((atMs - this.#startedAtMs) * VIDEO_CLOCK_RATE) / 1000);
  }
}

/** ms since 1970, with fractions. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
