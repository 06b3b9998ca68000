import type { FrameInfo } from "../../encode/frame.ts";
import { LatencyHistogram } from "../../encode/latency-histogram.ts";

/** So many of the newest events are remembered: more than a renderer takes for one frame. */
const MAX_TRACKED_EVENTS = 512;

/** How late the newest picture came to one viewer. */
export class ViewerLatency {
  /** From the end of its rendering to its being handed to the connection, ms; null before the first, and where not known. */
  ageMs: number | null = null;
  /** From an event's coming to the server until this viewer had a picture that shows it, of the newest such event, ms. */
  inputMs: number | null = null;
  /** The newest event that it was sent a picture of: its time stamp; undefined before the first picture. */
  sentEventMs: number | null | undefined;
  /** The same of pictures that it has acknowledged. */
  acknowledgedEventMs: number | null | undefined;
}

/**
 * How late pictures are, and how late they show events, by the server's own clock alone.
 *
 * From an event's coming in to the acknowledgement of the first picture that shows it is what a person sees as latency: the
 * acknowledgement's way here is in it instead of the event's, which is as long. MJPEG viewers acknowledge nothing; theirs
 * ends when the picture is handed to the connection.
 */
export class Latency {
  readonly frameAge = new LatencyHistogram();
  /** Until the picture was handed over, to each viewer. */
  readonly inputToSent = new LatencyHistogram();
  /** Until the picture was acknowledged, by each viewer that does so. */
  readonly inputToAcknowledged = new LatencyHistogram();
  /** Of pictures that are acknowledged, from handing them over. */
  readonly roundTrip = new LatencyHistogram();
  readonly render = new LatencyHistogram();
  /** When events came, `performance.now()`, by the time stamps that their pages gave them. */
  readonly #receivedAt = new Map<number, number>();
  #newestSent = 0;

  /** An event of this time stamp is on its way to the renderer. */
  onEvent(timestampMs: number): void {
    // 0 stands for an event without one.
    if (!(timestampMs > 0)) return;
    this.#receivedAt.delete(timestampMs);
    this.#receivedAt.set(timestampMs, performance.now());
    const oldest = this.#receivedAt.keys().next().value;
    if (this.#receivedAt.size > MAX_TRACKED_EVENTS && oldest !== undefined) this.#receivedAt.delete(oldest);
  }

  /** A picture was handed to a viewer's connection. */
  onSent(viewer: ViewerLatency, frame: FrameInfo): void {
    const now = performance.now();
    if (frame.number > this.#newestSent) {
      this.#newestSent = frame.number;
      if (frame.renderMs !== null) this.render.record(frame.renderMs);
    }
    const ageMs = Math.max(0, performance.timeOrigin + now - frame.renderedAtMs);
    viewer.ageMs = Number.isFinite(ageMs) ? ageMs : null;
    this.frameAge.record(ageMs);
    const inputMs = this.#since(viewer.sentEventMs, frame.eventMs, now);
    viewer.sentEventMs = frame.eventMs;
    if (inputMs === null) return;
    this.inputToSent.record(inputMs);
    if (viewer.acknowledgedEventMs === undefined) viewer.inputMs = inputMs;
  }

  /** A viewer has acknowledged a picture, so long after it was handed over. */
  onAcknowledged(viewer: ViewerLatency, frame: FrameInfo, roundTripMs: number): void {
    this.roundTrip.record(roundTripMs);
    const inputMs = this.#since(viewer.acknowledgedEventMs, frame.eventMs, performance.now());
    viewer.acknowledgedEventMs = frame.eventMs;
    if (inputMs === null) return;
    this.inputToAcknowledged.record(inputMs);
    viewer.inputMs = inputMs;
  }

  /**
   * How long ago an event came that a viewer has just got a picture of, ms; null for one that it had before or that is not
   * known. Who has come only now sees what was done before he came: that is nobody's waiting.
   */
  #since(hadMs: number | null | undefined, eventMs: number | null, now: number): number | null {
    if (eventMs === null || hadMs === undefined || hadMs === eventMs) return null;
    const came = this.#receivedAt.get(eventMs);
    return came === undefined ? null : now - came;
  }
}
