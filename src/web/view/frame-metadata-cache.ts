import type { FrameMessage } from "../../protocol/server-messages.ts";

/** Maximum number of entries: more than the frames in flight. */
const MAX_ENTRIES = 64;

/** Metadata of WebRTC frames by RTP time stamp. The server sends it on the socket, because the video itself cannot carry it. */
export class FrameMetadataCache {
  readonly #byTimestamp = new Map<number, FrameMessage>();
  /** Announcement time of the oldest frame since the last shown one, or null. */
  unshownSince: number | null = null;
  /** Number of video frames that the server announced since the page was loaded. */
  count = 0;

  /** Adds the metadata of a sent frame. `now`: ms of any clock. */
  add(message: FrameMessage, now: number): void {
    if (message.rtpTimestamp === undefined) return;
    this.count++;
    this.unshownSince ??= now;
    this.#byTimestamp.set(message.rtpTimestamp, message);
    const [oldest] = this.#byTimestamp.keys();
    if (this.#byTimestamp.size > MAX_ENTRIES && oldest !== undefined) this.#byTimestamp.delete(oldest);
  }

  /** Removes all entries, because another video begins. */
  reset(): void {
    this.#byTimestamp.clear();
    this.unshownSince = null;
  }

  /** Removes and returns the metadata of a frame that is now shown; undefined if it is unknown. */
  take(rtpTimestamp: number): FrameMessage | undefined {
    this.unshownSince = null;
    const message = this.#byTimestamp.get(rtpTimestamp);
    this.#byTimestamp.delete(rtpTimestamp);
    return message;
  }
}
