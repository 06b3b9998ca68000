import type { FrameMessage } from "../server/protocol.ts";
import type { Size } from "./geometry.ts";

/** What the status line shows. */
export interface FrameReport {
  /** Frames that came within the last second; 0 when the picture rests. */
  framesPerSecond: number;
  /** From an input of this page to the picture that shows it, in ms; null when there was none lately. */
  inputMs: number | null;
  /** To the server and back in ms; null before the first answer. */
  roundTripMs: number | null;
  /** Size of the newest frame in px. */
  size: Size | null;
}

const WINDOW_MS = 1000;
/** An input's latency is shown this long after it was measured. */
const KEEP_INPUT_MS = 5000;
/** Stamps that no frame has answered yet; more than this are of no use. */
const MOST_STAMPS = 512;

/** Counts frames as the server tells of them, and finds this page's own inputs in them. Times are ms of one clock. */
export class FrameStatistics {
  #arrivals: number[] = [];
  /** Stamps of sent events, oldest first, with the time at which each was sent. */
  readonly #sent = new Map<number, number>();
  #input: { ms: number; at: number } | undefined;
  #roundTripMs: number | null = null;
  #size: Size | null = null;

  /** An event was sent. `stamp` is the time stamp in it, `happened` when the input was made. */
  sent(stamp: number, happened: number): void {
    this.#sent.set(stamp, happened);
    if (this.#sent.size <= MOST_STAMPS) return;
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined) this.#sent.delete(oldest);
  }

  /** A frame came. Call {@link shown} with what it returns when it was painted, if it returns anything. */
  frame(frame: FrameMessage, now: number): number | undefined {
    this.#arrivals.push(now);
    this.#forgetBefore(now - WINDOW_MS);
    this.#size = { width: frame.width, height: frame.height };
    if (frame.eventMs === null) return undefined;
    const happened = this.#sent.get(frame.eventMs);
    if (happened === undefined) return undefined;
    // Later frames that show no newer event say nothing about latency.
    for (const stamp of [...this.#sent.keys()]) {
      this.#sent.delete(stamp);
      if (stamp === frame.eventMs) break;
    }
    return happened;
  }

  /** The picture that shows an input made at `happened` was painted. */
  shown(happened: number, now: number): void {
    const ms = now - happened;
    // Over some 5 inputs: single values jump too much to be read.
    const smooth = this.#input === undefined ? ms : this.#input.ms + (ms - this.#input.ms) / 5;
    this.#input = { ms: smooth, at: now };
  }

  roundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** The connection is another one: nothing that was sent will be answered. */
  restart(): void {
    this.#arrivals = [];
    this.#sent.clear();
    this.#input = undefined;
    this.#roundTripMs = null;
  }

  report(now: number): FrameReport {
    this.#forgetBefore(now - WINDOW_MS);
    if (this.#input !== undefined && now - this.#input.at > KEEP_INPUT_MS) this.#input = undefined;
    return {
      framesPerSecond: this.#arrivals.length,
      inputMs: this.#input?.ms ?? null,
      roundTripMs: this.#roundTripMs,
      size: this.#size,
    };
  }

  #forgetBefore(time: number): void {
    const first = this.#arrivals.findIndex((arrival) => arrival > time);
    this.#arrivals = first === -1 ? [] : this.#arrivals.slice(first);
  }
}
