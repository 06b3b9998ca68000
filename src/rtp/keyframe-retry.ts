/**
 * The peer may miss the first keyframe, because its SRTP keys are not ready. Until its first feedback, the keyframe is repeated
 * after this time, doubled each time, ms.
 */
const FIRST_FEEDBACK_TIMEOUT_MS = 400;
/** Maximum number of repetitions: some peers send reports rarely, or none. */
const MAX_RETRIES = 4;
/** A view is still if no packet was sent for this time, ms. */
const STILL_MS = 150;

/** Repeats the first keyframe until the peer has received something. */
export class KeyframeRetry {
  readonly #lastSentAtMs: () => number | null;
  readonly #requestKeyframe: () => void;
  #hasFeedback = false;
  #timer: ReturnType<typeof setTimeout>;

  /** `lastSentAtMs`: when the last packet was sent, `performance.now()`; null before the first. */
  constructor(lastSentAtMs: () => number | null, requestKeyframe: () => void) {
    this.#lastSentAtMs = lastSentAtMs;
    this.#requestKeyframe = requestKeyframe;
    this.#timer = setTimeout(() => this.#retry(1), FIRST_FEEDBACK_TIMEOUT_MS);
  }

  /** To be called when the peer has reported that it received a packet. */
  onFeedback(): void {
    this.#hasFeedback = true;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #retry(count: number): void {
    const lastSentAtMs = this.#lastSentAtMs();
    if (lastSentAtMs !== null) {
      // A still view is sent twice to every peer: players other than browsers show a frame only when the next one begins
      // (aiortc), or start only with a second packet (GStreamer).
      const isFirstOfStillView = count === 1 && performance.now() - lastSentAtMs > STILL_MS;
      if (!this.#hasFeedback || isFirstOfStillView) this.#requestKeyframe();
    }
    if (this.#hasFeedback || count === MAX_RETRIES) return;
    this.#timer = setTimeout(() => this.#retry(count + 1), FIRST_FEEDBACK_TIMEOUT_MS * 2 ** count);
  }
}
