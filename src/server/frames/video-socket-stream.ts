import type { ServerWebSocket } from "bun";
import { BitrateControl } from "../../encode/bitrate-control.ts";
import type { EncodedVideoFrame, VideoSubscription } from "../../encode/encoded-video.ts";
import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import {
  type Acknowledgement,
  type SentFrame,
  SocketStream,
  type SocketStreamOptions,
} from "./socket-stream.ts";

/** More are never on their way: a page that acknowledges in bursts has stood still. */
const MAX_IN_FLIGHT = 16;

export interface VideoSocketStreamOptions extends SocketStreamOptions<EncodedVideoFrame> {
  broadcast: VideoBroadcast;
}

/**
 * Frames of a VP8 stream on a viewer's socket. A frame that passes a viewer by costs a keyframe where others look too, so the
 * next one goes for as long as those on their way are not late, and only then waits for acknowledgements: the picture is then
 * as old as the way is long, and what comes to wait in front of a narrow place is bounded.
 */
export class VideoSocketStream extends SocketStream<EncodedVideoFrame> {
  readonly transport = "video";
  readonly #control = new BitrateControl();
  readonly #subscription: VideoSubscription;
  /** Settles when the next frame may go. */
  #ready: PromiseWithResolvers<void> | null = null;

  constructor(socket: ServerWebSocket<unknown>, options: VideoSocketStreamOptions) {
    super(socket, options);
    this.#subscription = options.broadcast.subscribe((frame) => this.deliver(frame), this.#control);
  }

  get rttMs(): number | null {
    return this.#control.rttMs;
  }

  get frames(): number {
    return this.#subscription.delivered;
  }

  get skipped(): number {
    return this.#subscription.skipped;
  }

  override requestKeyframe(): void {
    if (this.isOpen) this.#subscription.requestKeyframe();
  }

  protected override onAcknowledged(
    { frame }: SentFrame<EncodedVideoFrame>,
    { linkMs, now }: Acknowledgement,
  ): void {
    this.#control.onDelivered({ bytes: frame.bytes.byteLength, ms: linkMs }, now);
  }

  protected override resume(): void {
    if (!this.#isBehind()) this.#release();
  }

  protected override end(): void {
    this.#subscription.close();
    this.#release();
  }

  protected override whenReady(): Promise<void> | undefined {
    if (!this.#isBehind()) return;
    this.#ready ??= Promise.withResolvers();
    return this.#ready.promise;
  }

  /** Whether what is on its way should have arrived. */
  #isBehind(): boolean {
    const [oldest] = this.inFlight;
    if (oldest === undefined) return false;
    if (this.inFlight.length >= MAX_IN_FLIGHT) return true;
    const allowedMs = this.#control.allowedMs(oldest.frame.bytes.byteLength);
    // The first of all goes alone: before it nothing is known of the way.
    return allowedMs === null || performance.now() - oldest.at > allowedMs;
  }

  #release(): void {
    this.#ready?.resolve();
    this.#ready = null;
  }
}
