import type { FrameInfo } from "../../encode/frame.ts";
import { LatencyHistogram } from "../../encode/latency-histogram.ts";

/** Maximum number of tracked events, more than a renderer handles for one frame. */
const MAX_TRACKED_EVENTS = 512;

/** Latency of the newest frame of one viewer. */
export class ViewerLatency {
  /** Time from the end of rendering to sending, ms; null before the first frame, and if not known. */
  ageMs: number | null = null;
  /** Time from receiving an event until this viewer had a frame that shows it, of the newest such event, ms. */
  inputMs: number | null = null;
  /** Time stamp of the newest event shown by a frame that was sent; undefined before the first frame. */
  sentEventMs: number | null | undefined;
  /** The same for acknowledged frames. */
  acknowledgedEventMs: number | null | undefined;
}

/**
 * Latency of frames and of input, measured by the server's clock alone.
 *
 * The time from receiving an event to the acknowledgement of the first frame that shows it is the latency that a person sees: it
 * includes the acknowledgement's delay instead of the event's, which is about the same. MJPEG viewers send no acknowledgements; for
 * them it ends when the frame is sent.
 */
export class Latency {
  readonly frameAge = new LatencyHistogram();
  /** From receiving an event to sending a frame that shows it, for each viewer. */
  readonly inputToSent = new LatencyHistogram();
  /** From receiving an event to the acknowledgement of a frame that shows it, for each viewer that acknowledges. */
  readonly inputToAcknowledged = new LatencyHistogram();
  readonly roundTrip = new LatencyHistogram();
  readonly render = new LatencyHistogram();
  /** Time at which an event was received, `performance.now()`, by the time stamp of the event's page. */
  readonly #receivedAt = new Map<number, number>();
  #newestSent = 0;

  onEvent(timestampMs: number): void {
    // 0: the event has no time stamp.
    if (!(timestampMs > 0)) return;
    this.#receivedAt.delete(timestampMs);
    this.#receivedAt.set(timestampMs, performance.now());
    const oldest = this.#receivedAt.keys().next().value;
    if (this.#receivedAt.size > MAX_TRACKED_EVENTS && oldest !== undefined) this.#receivedAt.delete(oldest);
  }

  onSent(viewer: ViewerLatency, frame: FrameInfo): void {
    const now = performance.now();
    if (frame.number > this.#newestSent) {
      this.#newestSent = frame.number;
      if (frame.renderMs !== null) this.render.record(frame.renderMs);
    }
    const ageMs = Math.max(0, performance.timeOrigin + now - frame.renderedAtMs);
    viewer.ageMs = Number.isFinite(ageMs) ? ageMs : null;
    this.frameAge.record(ageMs);
    const inputMs = this.#inputMs(viewer.sentEventMs, frame.eventMs, now);
    viewer.sentEventMs = frame.eventMs;
    if (inputMs === null) return;
    this.inputToSent.record(inputMs);
    if (viewer.acknowledgedEventMs === undefined) viewer.inputMs = inputMs;
  }

  /** Records that a viewer has acknowledged a frame, `roundTripMs` after it was sent. */
  onAcknowledged(viewer: ViewerLatency, frame: FrameInfo, roundTripMs: number): void {
    this.roundTrip.record(roundTripMs);
    const inputMs = this.#inputMs(viewer.acknowledgedEventMs, frame.eventMs, performance.now());
    viewer.acknowledgedEventMs = frame.eventMs;
    if (inputMs === null) return;
    this.inputToAcknowledged.record(inputMs);
    viewer.inputMs = inputMs;
  }

  /**
   * Age of the event that a viewer's newest frame shows, ms; null if its previous frame showed it too, or if the event is not known.
   * A viewer that just joined sees older events in its first frame; these are not counted.
   */
  #inputMs(previousEventMs: number | null | undefined, eventMs: number | null, now: number): number | null {
    if (eventMs === null || previousEventMs === undefined || previousEventMs === eventMs) return null;
    const receivedAt = this.#receivedAt.get(eventMs);
    return receivedAt === undefined ? null : now - receivedAt;
  }
}
