import type { FrameMessage } from "../../protocol/server-messages.ts";

/** More than are on their way at a time. */
const MAX_ENTRIES = 64;

/** What the server told on the socket of the frames of a WebRTC video, which carries none of it itself. */
export class FrameMetadataCache {
  readonly #byTimestamp = new Map<number, FrameMessage>();
  #unshownSince: number | null = null;
  #count = 0;

  /** Number of video frames that the server announced since the page was loaded. */
  get count(): number {
    return this.#count;
  }

  /** When the first frame was told of after the last one that was shown; null where none was. */
  get unshownSince(): number | null {
    return this.#unshownSince;
  }

  /** `now`: ms of any clock. */
  add(message: FrameMessage, now: number): void {
    if (message.rtpTimestamp === undefined) return;
    this.#count++;
    this.#unshownSince ??= now;
    this.#byTimestamp.set(message.rtpTimestamp, message);
    const [oldest] = this.#byTimestamp.keys();
    if (this.#byTimestamp.size > MAX_ENTRIES && oldest !== undefined) this.#byTimestamp.delete(oldest);
  }

  /** Another video begins. */
  reset(): void {
    this.#byTimestamp.clear();
    this.#unshownSince = null;
  }

  /** A frame is shown. @returns what was told of it, by its RTP time stamp; undefined where nothing was */
  take(rtpTimestamp: number): FrameMessage | undefined {
    this.#unshownSince = null;
    const message = this.#byTimestamp.get(rtpTimestamp);
    this.#byTimestamp.delete(rtpTimestamp);
    return message;
  }
}
