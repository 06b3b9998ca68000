import type { FrameHeader } from "../../protocol/frame-header.ts";
import type { Size } from "../view/geometry.ts";

/** What is counted of a frame. */
export interface ShownFrame extends Size, Pick<FrameHeader, "eventMs"> {
  /** Of the encoded picture. */
  bytes: number;
  /** Its quality, 0 the best; not known where the frame did not say it. */
  qualityLevel?: FrameHeader["qualityLevel"];
  /** Whether it was made because the view rests. */
  still?: boolean;
  lossless?: boolean;
}

/** What the status line shows. */
export interface FrameReport {
  /** Frames that came within the last second; 0 when the picture rests. */
  framesPerSecond: number;
  /** What their pictures had, in bits per second. */
  bitsPerSecond: number;
  /** From an input of this page to the picture that shows it, in ms; null when there was none lately. */
  inputMs: number | null;
  /** To the server and back in ms; null before the first answer. */
  roundTripMs: number | null;
  /** Age of the oldest motion of this page that no frame followed yet, ms; 0 if there is none. */
  waitingMs: number;
  /** The newest frame; null before the first. */
  newest: ShownFrame | null;
}

const WINDOW_MS = 1000;
/** An input's latency is shown this long after it was measured. */
const KEEP_INPUT_MS = 5000;
/** Timeout of a motion, ms. If no frame follows by then, it changed nothing visible: an empty scene was turned. */
const MOTION_TIMEOUT_MS = 10_000;
/** Stamps that no frame has answered yet; more than this are of no use. */
const MAX_STAMPS = 512;

/** Counts the frames that came, and finds this page's own inputs in them. Times are ms of one clock. */
export class FrameStatistics {
  #arrivals: { at: number; bytes: number }[] = [];
  /** Stamps of sent events, oldest first, with the time at which each was sent. */
  readonly #sentAt = new Map<number, number>();
  #input: { ms: number; at: number } | undefined;
  #roundTripMs: number | null = null;
  /** Times of the first and the last motion since the newest frame. */
  #pendingMotion: { first: number; last: number } | undefined;
  #newest: ShownFrame | null = null;

  /** An event was sent. `stamp` is the time stamp in it, `happened` when the input was made. */
  onEventSent(stamp: number, happened: number): void {
    this.#sentAt.set(stamp, happened);
    if (this.#sentAt.size <= MAX_STAMPS) return;
    const [oldest] = this.#sentAt.keys();
    if (oldest !== undefined) this.#sentAt.delete(oldest);
  }

  /** Records a motion that a frame must follow: a drag. */
  onMotionSent(now: number): void {
    this.#pendingMotion = { first: this.#pendingMotion?.first ?? now, last: now };
  }

  /** A frame came. Call {@link onPainted} with what it returns when it was painted, if it returns anything. */
  onFrame(frame: ShownFrame, now: number): number | undefined {
    this.#arrivals.push({ at: now, bytes: frame.bytes });
    this.#forgetBefore(now - WINDOW_MS);
    this.#newest = frame;
    this.#pendingMotion = undefined;
    if (frame.eventMs === null) return undefined;
    const happened = this.#sentAt.get(frame.eventMs);
    if (happened === undefined) return undefined;
    // Later frames that show no newer event say nothing about latency.
    for (const stamp of [...this.#sentAt.keys()]) {
      this.#sentAt.delete(stamp);
      if (stamp === frame.eventMs) break;
    }
    // A release changes nothing, so the first picture after it is the one that waited for the view to rest.
    return frame.still === true ? undefined : happened;
  }

  /** The picture that shows an input made at `happened` was painted. */
  onPainted(happened: number, now: number): void {
    const ms = now - happened;
    // Over some 5 inputs: single values jump too much to be read.
    const smooth = this.#input === undefined ? ms : this.#input.ms + (ms - this.#input.ms) / 5;
    this.#input = { ms: smooth, at: now };
  }

  onRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** The connection is another one: nothing that was sent will be answered. */
  reset(): void {
    this.#arrivals = [];
    this.#sentAt.clear();
    this.#input = undefined;
    this.#roundTripMs = null;
    this.#pendingMotion = undefined;
  }

  /** See {@link FrameReport.waitingMs}. */
  waitingMs(now: number): number {
    const motion = this.#pendingMotion;
    if (motion !== undefined && now - motion.last <= MOTION_TIMEOUT_MS) return now - motion.first;
    this.#pendingMotion = undefined;
    return 0;
  }

  report(now: number): FrameReport {
    this.#forgetBefore(now - WINDOW_MS);
    if (this.#input !== undefined && now - this.#input.at > KEEP_INPUT_MS) this.#input = undefined;
    return {
      waitingMs: this.waitingMs(now),
      framesPerSecond: this.#arrivals.length,
      bitsPerSecond: (this.#arrivals.reduce((sum, { bytes }) => sum + bytes, 0) * 8 * 1000) / WINDOW_MS,
      inputMs: this.#input?.ms ?? null,
      roundTripMs: this.#roundTripMs,
      newest: this.#newest,
    };
  }

  #forgetBefore(time: number): void {
    const first = this.#arrivals.findIndex(({ at }) => at > time);
    this.#arrivals = first === -1 ? [] : this.#arrivals.slice(first);
  }
}
