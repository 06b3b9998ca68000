import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import type { EncodedVideoFrame, VideoSubscription } from "../../encode/video-layer.ts";
import { VideoSender } from "../../rtp/video-sender.ts";
import type { Peer } from "../../webrtc/peer.ts";
import type { ViewerStream } from "../frames/viewer-stream.ts";
import { RateMeter } from "../metrics/rate-meter.ts";

export interface StreamCallbacks {
  /** Called when the first packets of a frame were sent; `rtpTimestamp` identifies it for the peer. */
  onSent: (frame: EncodedVideoFrame, rtpTimestamp: number) => void;
  /** Called once, when the stream has ended for any reason. */
  onClosed: () => void;
}

/** The video stream of one connected WebRTC viewer. */
export class WebRtcStream implements ViewerStream {
  readonly transport = "webrtc";
  readonly acceptsReducedResolution = true;
  readonly #callbacks: StreamCallbacks;
  readonly #sender: VideoSender;
  readonly rate = new RateMeter();
  readonly subscription: VideoSubscription;
  newest: EncodedVideoFrame | null = null;
  #countedBytes = 0;
  #open = true;

  constructor(peer: Peer, broadcast: VideoBroadcast, callbacks: StreamCallbacks) {
    this.#callbacks = callbacks;
    const sender = new VideoSender(peer, peer.video, {
      onKeyframeNeeded: () => this.subscription.requestKeyframe(),
      onBye: () => this.close(),
    });
    this.#sender = sender;
    this.subscription = broadcast.subscribe((frame) => this.#deliver(frame), {
      get bitrate() {
        return sender.bitrate;
      },
    });
  }

  get rttMs(): number | null {
    return this.#sender.rttMs;
  }

  get loss(): number {
    return this.#sender.loss;
  }

  get bytes(): number {
    return this.#sender.bytes;
  }

  receive(packet: Uint8Array): void {
    this.#sender.receive(packet);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.subscription.close();
    this.#sender.close();
    this.#callbacks.onClosed();
  }

  #deliver(frame: EncodedVideoFrame): void | Promise<void> {
    if (!this.#open) return;
    const { timestamp, ready } = this.#sender.send(frame.bytes, frame.renderedAtMs);
    this.newest = frame;
    const { bytes } = this.#sender;
    this.rate.tick(bytes - this.#countedBytes);
    this.#countedBytes = bytes;
    this.#callbacks.onSent(frame, timestamp);
    return ready;
  }
}
