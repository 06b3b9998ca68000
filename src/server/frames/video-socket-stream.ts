import type { ServerWebSocket } from "bun";
import { BitrateControl } from "../../encode/bitrate-control.ts";
import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import type { EncodedVideoFrame, VideoSubscription } from "../../encode/video-layer.ts";
import {
  type Acknowledgement,
  type SentFrame,
  SocketStream,
  type SocketStreamOptions,
} from "./socket-stream.ts";

/** Maximum number of frames in flight. With more, the page is suspended or stalled, and further frames would be stale. */
const MAX_IN_FLIGHT = 16;

/**
 * Video frames on a viewer's WebSocket. A skipped frame costs a keyframe for the whole bitrate layer. Therefore frames are sent
 * without waiting for acknowledgements while those in flight are not late: latency is then the one-way delay, and the queue
 * in front of a bottleneck is bounded.
 */
export class VideoSocketStream extends SocketStream<EncodedVideoFrame> {
  readonly transport = "video";
  protected override readonly control = new BitrateControl();
  override readonly subscription: VideoSubscription;

  constructor(
    socket: ServerWebSocket<unknown>,
    broadcast: VideoBroadcast,
    options: SocketStreamOptions<EncodedVideoFrame>,
  ) {
    super(socket, options);
    this.subscription = broadcast.subscribe((frame) => this.deliver(frame), this.control);
  }

  override requestKeyframe(): void {
    if (this.isOpen) this.subscription.requestKeyframe();
  }

  protected override onAcknowledged(
    { frame }: SentFrame<EncodedVideoFrame>,
    { linkMs, now }: Acknowledgement,
  ): void {
    this.control.onDelivered({ bytes: frame.bytes.byteLength, ms: linkMs }, now);
  }

  protected override resume(): void {
    if (!this.#isBehind()) this.release();
  }

  /** Whether the oldest frame in flight is late. */
  #isBehind(): boolean {
    const [oldest] = this.inFlight;
    if (oldest === undefined) return false;
    if (this.inFlight.length >= MAX_IN_FLIGHT) return true;
    const lateAfterMs = this.control.lateAfterMs(oldest.frame.bytes.byteLength);
    // The first frame is sent alone: before its acknowledgement the round-trip time is unknown.
    return lateAfterMs === null || performance.now() - oldest.sentAt > lateAfterMs;
  }
}
