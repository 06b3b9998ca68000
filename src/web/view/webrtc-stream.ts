import { DATA_CHANNELS, PATHS, QUERY } from "../../protocol/paths.ts";
import { isLoopbackHost } from "../connection/server-urls.ts";
import type { InputChannelPair } from "../input/input-transport.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import type { Size } from "./geometry.ts";
import { StutterDetector } from "./stutter-detector.ts";
import { makeVideoElement } from "./video-painter.ts";

/** Timeout of gathering server-reflexive and relayed ICE candidates, ms. */
const GATHERING_TIMEOUT_MS = 1_000;

/** Time without a shown frame, though frames are sent, after which the connection counts as dead, ms. ICE needs some 10 s. */
const DEAD_MS = 4_000;
const CHECK_INTERVAL_MS = 500;

/** `playoutDelayHint` is Chromium's older name of `jitterBufferTarget`, in seconds. */
type Receiver = RTCRtpReceiver & { playoutDelayHint?: number; jitterBufferTarget?: number | null };

/** Shows VP8 over WebRTC in a `<video>`. Signalling is one request: the server's answer contains all its candidates. */
export class WebrtcStream implements FrameStream {
  static readonly isAvailable: boolean =
    typeof RTCPeerConnection !== "undefined" && "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  readonly element: HTMLVideoElement = makeVideoElement();
  readonly clearsOnDisconnect = false;
  readonly #context: StreamContext;
  readonly #events: FrameStreamEvents;
  readonly #connection: RTCPeerConnection;
  readonly #channels: InputChannelPair;
  readonly #offerAbort = new AbortController();
  readonly #checkTimer: ReturnType<typeof setInterval>;
  readonly #stutterDetector = new StutterDetector();
  /** Number of frames presented. Counted by the browser, which skips some frame callbacks. */
  #presented = 0;
  #hasShown = false;
  #open = true;

  constructor(context: StreamContext, events: FrameStreamEvents) {
    this.#context = context;
    this.#events = events;
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: [...context.iceServers()],
    });
    this.#connection = connection;
    const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
    disableJitterBuffer(receiver);
    this.element.srcObject = new MediaStream([receiver.track]);
    this.#channels = {
      moves: connection.createDataChannel(DATA_CHANNELS.moves, { ordered: false, maxRetransmits: 0 }),
      events: connection.createDataChannel(DATA_CHANNELS.events),
    };
    context.input.open(this.#channels);
    connection.addEventListener("connectionstatechange", () => {
      const { connectionState } = connection;
      if (connectionState === "failed" || connectionState === "disconnected") this.#fail();
    });
    context.frameMetadata.reset();
    this.#checkTimer = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
    this.#watchFrames();
    this.#negotiate().catch(() => this.#fail());
  }

  size(): Size | null {
    const { videoWidth: width, videoHeight: height } = this.element;
    return this.#hasShown && width > 0 ? { width, height } : null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#checkTimer);
    this.#offerAbort.abort();
    this.#context.input.close(this.#channels);
    this.#connection.close();
    this.element.srcObject = null;
    this.element.remove();
  }

  async #negotiate(): Promise<void> {
    const { urls, viewer } = this.#context;
    await this.#connection.setLocalDescription();
    if (this.#context.iceServers().length > 0) await gatheringComplete(this.#connection);
    const response = await fetch(urls.http(PATHS.offer, { [QUERY.viewer]: viewer }), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.#connection.localDescription),
      signal: this.#offerAbort.signal,
    });
    if (!response.ok) throw new Error(await response.text());
    const answer: RTCSessionDescriptionInit = await response.json();
    if (!isReachable(answer.sdp ?? "", location.hostname)) {
      throw new Error("The server's WebRTC candidates cannot be reached from this machine.");
    }
    await this.#connection.setRemoteDescription(answer);
  }

  /** Fails the transport if frames are sent and none, or too few of them, are shown. */
  #check(): void {
    if (!this.#hasShown) return;
    const now = performance.now();
    const { unshownSince, count } = this.#context.frameMetadata;
    const stutters = this.#stutterDetector.sample({ at: now, sent: count, shown: this.#presented });
    const isDead = unshownSince !== null && now - unshownSince > DEAD_MS;
    if (isDead || (stutters && this.#context.fallsBackOnStutter)) this.#fail();
  }

  #fail(): void {
    if (this.#open) this.#events.onTransportFailed();
  }

  /** Reports each frame when it is presented. */
  #watchFrames(): void {
    this.element.requestVideoFrameCallback((_, { rtpTimestamp, width, height, presentedFrames }) => {
      if (!this.#open) return;
      this.#presented = presentedFrames;
      this.#watchFrames();
      const isFirst = !this.#hasShown;
      this.#hasShown = true;
      if (isFirst) this.#events.onFirstFrame();
      const metadata = this.#context.frameMetadata.take(rtpTimestamp ?? Number.NaN);
      this.#events.onFrame({
        ...{ width, height },
        eventMs: metadata?.eventMs ?? null,
        bytes: metadata?.bytes ?? 0,
      });
    });
  }
}

/** Whether an SDP answer has a candidate that this page can reach. Loopback candidates work only on the server's own machine. */
export function isReachable(sdp: string, pageHost: string): boolean {
  const hosts = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+)/gm)].map(([, host = ""]) => host);
  return isLoopbackHost(pageHost) || hosts.some((host) => !isLoopbackHost(host));
}

function disableJitterBuffer(receiver: Receiver): void {
  receiver.playoutDelayHint = 0;
  receiver.jitterBufferTarget = 0;
}

function gatheringComplete(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
    connection.addEventListener("icegatheringstatechange", check);
    setTimeout(resolve, GATHERING_TIMEOUT_MS);
    check();
  });
}
