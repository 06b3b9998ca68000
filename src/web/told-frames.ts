import type { FrameMessage } from "../protocol/server-messages.ts";

/** More than are on their way at a time. */
const MOST_TOLD = 64;

/** What the server told on the socket of the frames of a WebRTC video, which carries none of it itself. */
export class ToldFrames {
  readonly #byTimestamp = new Map<number, FrameMessage>();
  #waitingSince: number | null = null;
  #count = 0;

  /** Number of video frames that the server announced since the page was loaded. */
  get count(): number {
    return this.#count;
  }

  /** When the first frame was told of after the last one that was shown; null where none was. */
  get waitingSince(): number | null {
    return this.#waitingSince;
  }

  /** `now`: ms of any clock. */
  add(message: FrameMessage, now: number): void {
    if (message.rtpTimestamp === undefined) return;
    this.#count++;
    this.#waitingSince ??= now;
    this.#byTimestamp.set(message.rtpTimestamp, message);
    const [oldest] = this.#byTimestamp.keys();
    if (this.#byTimestamp.size > MOST_TOLD && oldest !== undefined) this.#byTimestamp.delete(oldest);
  }

  /** Another video begins. */
  restart(): void {
    this.#byTimestamp.clear();
    this.#waitingSince = null;
  }

  /** A frame is shown. @returns what was told of it, by its RTP time stamp; undefined where nothing was */
  take(rtpTimestamp: number): FrameMessage | undefined {
    this.#waitingSince = null;
    const message = this.#byTimestamp.get(rtpTimestamp);
    this.#byTimestamp.delete(rtpTimestamp);
    return message;
  }
}
