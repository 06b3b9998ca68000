import type { FrameMessage } from "../server/protocol.ts";

/** More than are on their way at a time. */
const MOST_TOLD = 64;

/** What the server told on the socket of the frames of a WebRTC video, which carries none of it itself. */
export class ToldFrames {
  readonly #byTimestamp = new Map<number, FrameMessage>();

  add(message: FrameMessage): void {
    if (message.rtpTimestamp === undefined) return;
    this.#byTimestamp.set(message.rtpTimestamp, message);
    const [oldest] = this.#byTimestamp.keys();
    if (this.#byTimestamp.size > MOST_TOLD && oldest !== undefined) this.#byTimestamp.delete(oldest);
  }

  /** What was told of the frame with this RTP time stamp; undefined where nothing was, or it was taken before. */
  take(rtpTimestamp: number): FrameMessage | undefined {
    const message = this.#byTimestamp.get(rtpTimestamp);
    this.#byTimestamp.delete(rtpTimestamp);
    return message;
  }
}
