import { DATA_CHANNELS, PATHS, QUERY } from "../../protocol/paths.ts";
import { isLoopbackHost } from "../connection/server-urls.ts";
import type { InputChannelPair } from "../input/input-transport.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import type { Size } from "./geometry.ts";
import { StutterDetector } from "./stutter-detector.ts";

/** With ICE servers their answers are waited for, so long at most, ms. */
const GATHERING_MS = 1_000;

/** When frames were sent for so long and none was shown, the way has died, ms: ICE notices only after some ten seconds. */
const DEAD_MS = 4_000;
const LOOK_EVERY_MS = 500;

/** Chromium's older name of `jitterBufferTarget`, in seconds. */
type Receiver = RTCRtpReceiver & { playoutDelayHint?: number; jitterBufferTarget?: number | null };

/** VP8 over WebRTC in a `<video>`. The offer goes by one request, and the answer has all there is to know. */
export class WebrtcStream implements FrameStream {
  /** Whether this browser can show it. */
  static readonly isAvailable: boolean =
    typeof RTCPeerConnection !== "undefined" && "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  readonly element = document.createElement("video");
  readonly clearsOnDisconnect = false;
  readonly #ways: StreamContext;
  readonly #events: FrameStreamEvents;
  readonly #connection: RTCPeerConnection;
  readonly #channels: InputChannelPair;
  readonly #offering = new AbortController();
  readonly #look: ReturnType<typeof setInterval>;
  readonly #stutterDetector = new StutterDetector();
  /** Number of frames presented. Counted by the browser, which skips some frame callbacks. */
  #presented = 0;
  #shown = false;
  #open = true;

  constructor(ways: StreamContext, events: FrameStreamEvents) {
    this.#ways = ways;
    this.#events = events;
    this.element.muted = true;
    this.element.autoplay = true;
    this.element.playsInline = true;
    this.element.disablePictureInPicture = true;
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: [...ways.iceServers()],
    });
    this.#connection = connection;
    const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
    showAtOnce(receiver);
    this.element.srcObject = new MediaStream([receiver.track]);
    this.#channels = {
      moves: connection.createDataChannel(DATA_CHANNELS.moves, { ordered: false, maxRetransmits: 0 }),
      events: connection.createDataChannel(DATA_CHANNELS.events),
    };
    ways.input.open(this.#channels);
    connection.addEventListener("connectionstatechange", () => {
      const { connectionState } = connection;
      if (connectionState === "failed" || connectionState === "disconnected") this.#lost();
    });
    ways.frameMetadata.reset();
    this.#look = setInterval(() => {
      if (!this.#shown) return;
      const now = performance.now();
      const { unshownSince: waitingSince, count } = ways.frameMetadata;
      const stutters = this.#stutterDetector.sample({ at: now, sent: count, shown: this.#presented });
      const isDead = waitingSince !== null && now - waitingSince > DEAD_MS;
      if (isDead || (stutters && ways.fallsBackOnStutter)) this.#lost();
    }, LOOK_EVERY_MS);
    this.#watchFrames();
    this.#negotiate().catch(() => this.#lost());
  }

  size(): Size | null {
    const { videoWidth: width, videoHeight: height } = this.element;
    return this.#shown && width > 0 ? { width, height } : null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#look);
    this.#offering.abort();
    this.#ways.input.close(this.#channels);
    this.#connection.close();
    this.element.srcObject = null;
    this.element.remove();
  }

  async #negotiate(): Promise<void> {
    const { urls: addresses, viewer } = this.#ways;
    await this.#connection.setLocalDescription();
    if (this.#ways.iceServers().length > 0) await gathered(this.#connection);
    const response = await fetch(addresses.http(PATHS.offer, { [QUERY.viewer]: viewer }), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.#connection.localDescription),
      signal: this.#offering.signal,
    });
    if (!response.ok) throw new Error(await response.text());
    const answer: RTCSessionDescriptionInit = await response.json();
    if (!isReachable(answer.sdp ?? "", location.hostname))
      throw new Error("It can not be reached from here.");
    await this.#connection.setRemoteDescription(answer);
  }

  #lost(): void {
    if (this.#open) this.#events.onTransportFailed();
  }

  /** Tells of each picture when it is shown. */
  #watchFrames(): void {
    this.element.requestVideoFrameCallback((_, { rtpTimestamp, width, height, presentedFrames }) => {
      if (!this.#open) return;
      this.#presented = presentedFrames;
      this.#watchFrames();
      const first = !this.#shown;
      this.#shown = true;
      if (first) this.#events.onFirstFrame();
      const told = this.#ways.frameMetadata.take(rtpTimestamp ?? Number.NaN);
      this.#events.onFrame({ width, height, eventMs: told?.eventMs ?? null, bytes: told?.bytes ?? 0 });
    });
  }
}

/** Whether an answer has an address that is any from this page: its own machine's is none of another. */
export function isReachable(sdp: string, pageHost: string): boolean {
  const hosts = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+)/gm)].map(([, host = ""]) => host);
  return isLoopbackHost(pageHost) || hosts.some((host) => !isLoopbackHost(host));
}

function showAtOnce(receiver: Receiver): void {
  receiver.playoutDelayHint = 0;
  receiver.jitterBufferTarget = 0;
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
    connection.addEventListener("icegatheringstatechange", look);
    setTimeout(resolve, GATHERING_MS);
    look();
  });
}
