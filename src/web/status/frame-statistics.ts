import type { FrameHeader } from "../../protocol/frame-header.ts";
import { smooth } from "../../util/filters.ts";

/** A shown frame, as far as the statistics need it and the transport reports it. `bytes`: size of the encoded frame. */
export type ShownFrame = Pick<FrameHeader, "width" | "height" | "eventMs"> &
  Partial<Pick<FrameHeader, "qualityLevel" | "still" | "lossless">> & { bytes: number };

/** Values of the status line. */
export type FrameReport = ReturnType<FrameStatistics["report"]>;

const WINDOW_MS = 1000;
/** Time for which an input latency is reported after it was measured, ms. */
const INPUT_LATENCY_TTL_MS = 5000;
/** Timeout of a motion, ms. If no frame follows by then, it changed nothing visible: an empty scene was turned. */
const MOTION_TIMEOUT_MS = 10_000;
/** Maximum number of sent events whose frame is still expected. */
const MAX_EVENTS = 512;

/** Frame rate, bitrate and latency of this page. Latency is measured by the time stamps of events. Times are ms of one clock. */
export class FrameStatistics {
  #received: { at: number; bytes: number }[] = [];
  /** Time of the input by the time stamp of its event, oldest first. */
  readonly #inputAt = new Map<number, number>();
  #inputLatency: { ms: number; at: number } | undefined;
  #roundTripMs: number | null = null;
  /** Times of the first and the last motion since the newest frame. */
  #pendingMotion: { first: number; last: number } | undefined;
  #newest: ShownFrame | null = null;

  /** Records a sent event. `stamp` is its time stamp, `inputAt` the time of the input. */
  onEventSent(stamp: number, inputAt: number): void {
    this.#inputAt.set(stamp, inputAt);
    if (this.#inputAt.size <= MAX_EVENTS) return;
    const [oldest] = this.#inputAt.keys();
    if (oldest !== undefined) this.#inputAt.delete(oldest);
  }

  /** Records a motion that a frame must follow: a drag. */
  onMotionSent(now: number): void {
    this.#pendingMotion = { first: this.#pendingMotion?.first ?? now, last: now };
  }

  /**
   * Records a frame.
   * @returns the time of the input that it shows, for {@link onPainted} when it is painted; undefined if it shows none
   */
  onFrame(frame: ShownFrame, now: number): number | undefined {
    this.#received.push({ at: now, bytes: frame.bytes });
    this.#removeBefore(now - WINDOW_MS);
    this.#newest = frame;
    this.#pendingMotion = undefined;
    if (frame.eventMs === null) return undefined;
    const inputAt = this.#inputAt.get(frame.eventMs);
    if (inputAt === undefined) return undefined;
    // Later frames that show no newer event say nothing about latency.
    for (const stamp of [...this.#inputAt.keys()]) {
      this.#inputAt.delete(stamp);
      if (stamp === frame.eventMs) break;
    }
    // A release changes nothing visible, so the frame after it is the full view, which is delayed on purpose.
    return frame.still === true ? undefined : inputAt;
  }

  /** Records that the frame that shows an input was painted. */
  onPainted(inputAt: number, now: number): void {
    // Smoothed over some 5 inputs: single values fluctuate too much to be readable.
    this.#inputLatency = { ms: smooth(this.#inputLatency?.ms ?? null, now - inputAt, 1 / 5), at: now };
  }

  onRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** Forgets everything sent on the previous connection. */
  reset(): void {
    this.#received = [];
    this.#inputAt.clear();
    this.#inputLatency = undefined;
    this.#roundTripMs = null;
    this.#pendingMotion = undefined;
  }

  /** Age of the oldest motion of this page without a later frame, ms; 0 if all motions are shown. */
  waitingMs(now: number): number {
    const motion = this.#pendingMotion;
    if (motion !== undefined && now - motion.last <= MOTION_TIMEOUT_MS) return now - motion.first;
    this.#pendingMotion = undefined;
    return 0;
  }

  report(now: number) {
    this.#removeBefore(now - WINDOW_MS);
    if (this.#inputLatency !== undefined && now - this.#inputLatency.at > INPUT_LATENCY_TTL_MS) {
      this.#inputLatency = undefined;
    }
    return {
      waitingMs: this.waitingMs(now),
      /** Frames received within the last second; 0 if the view is still. */
      framesPerSecond: this.#received.length,
      /** Bits of these frames. */
      bitsPerSecond: (this.#received.reduce((sum, { bytes }) => sum + bytes, 0) * 8 * 1000) / WINDOW_MS,
      /** Latency from an input of this page to the frame that shows it, ms; null without a recent input. */
      inputMs: this.#inputLatency?.ms ?? null,
      /** Round-trip time to the server, ms; null before the first pong. */
      roundTripMs: this.#roundTripMs,
      /** The newest frame; null before the first. */
      newest: this.#newest,
    };
  }

  #removeBefore(time: number): void {
    this.#received = this.#received.filter(({ at }) => at > time);
  }
}
