import { DATA_CHANNELS, PATHS } from "../../protocol/paths.ts";
import { isLoopbackHost } from "../connection/server-urls.ts";
import type { InputChannelPair } from "../input/input-transport.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import { makeVideoElement, videoSize } from "./video-painter.ts";

/** Timeout of gathering server-reflexive and relayed ICE candidates, ms. */
const GATHERING_TIMEOUT_MS = 1_000;

/** Time without a shown frame, though frames are sent, after which the connection counts as dead, ms. ICE needs some 10 s. */
const DEAD_MS = 4_000;
const CHECK_INTERVAL_MS = 500;

/** `playoutDelayHint` is Chromium's older name of `jitterBufferTarget`, in seconds. */
type Receiver = RTCRtpReceiver & { playoutDelayHint?: number; jitterBufferTarget?: number | null };

/** Shows VP8 over WebRTC in a `<video>`. Signalling is one request: the server's answer contains all its candidates. */
export function openWebrtcStream(context: StreamContext, events: FrameStreamEvents): FrameStream {
  const { urls, input, frameMetadata, fallsBackOnStutter } = context;
  const iceServers = [...context.iceServers()];
  const element = makeVideoElement();
  const offerAbort = new AbortController();
  const stutterDetector = new StutterDetector();
  /** Number of frames presented. Counted by the browser, which skips some frame callbacks. */
  let presented = 0;
  let hasShown = false;
  let isOpen = true;

  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers });
  const receiver: Receiver = connection.addTransceiver("video", { direction: "recvonly" }).receiver;
  // Disables the jitter buffer.
  receiver.playoutDelayHint = 0;
  receiver.jitterBufferTarget = 0;
  element.srcObject = new MediaStream([receiver.track]);
  const channels: InputChannelPair = {
    moves: connection.createDataChannel(DATA_CHANNELS.moves, { ordered: false, maxRetransmits: 0 }),
    events: connection.createDataChannel(DATA_CHANNELS.events),
  };
  input.open(channels);

  const fail = () => {
    if (isOpen) events.onTransportFailed();
  };
  connection.addEventListener("connectionstatechange", () => {
    const { connectionState } = connection;
    if (connectionState === "failed" || connectionState === "disconnected") fail();
  });

  /** Fails the transport if frames are sent and none, or too few of them, are shown. */
  const check = () => {
    if (!hasShown) return;
    const now = performance.now();
    const { unshownSince, count } = frameMetadata;
    const stutters = stutterDetector.sample({ at: now, sent: count, shown: presented });
    const isDead = unshownSince !== null && now - unshownSince > DEAD_MS;
    if (isDead || (stutters && fallsBackOnStutter)) fail();
  };
  frameMetadata.reset();
  const checkTimer = setInterval(check, CHECK_INTERVAL_MS);

  /** Reports each frame when it is presented. */
  const watchFrames = () => {
    element.requestVideoFrameCallback((_, { rtpTimestamp, width, height, presentedFrames }) => {
      if (!isOpen) return;
      presented = presentedFrames;
      watchFrames();
      const isFirst = !hasShown;
      hasShown = true;
      if (isFirst) events.onFirstFrame();
      const { eventMs = null, bytes = 0 } = frameMetadata.take(rtpTimestamp ?? Number.NaN) ?? {};
      events.onFrame({ width, height, eventMs, bytes });
    });
  };
  watchFrames();

  const negotiate = async () => {
    await connection.setLocalDescription();
    if (iceServers.length > 0) await gatheringComplete(connection);
    const response = await fetch(urls.http(PATHS.offer), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(connection.localDescription),
      signal: offerAbort.signal,
    });
    if (!response.ok) throw new Error(await response.text());
    const answer: RTCSessionDescriptionInit = await response.json();
    if (!isReachable(answer.sdp ?? "", location.hostname)) {
      throw new Error("The server's WebRTC candidates cannot be reached from this machine.");
    }
    await connection.setRemoteDescription(answer);
  };
  negotiate().catch(fail);

  return {
    element,
    clearsOnDisconnect: false,
    size: () => (hasShown ? videoSize(element) : null),
    close() {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(checkTimer);
      offerAbort.abort();
      input.close(channels);
      connection.close();
      element.srcObject = null;
      element.remove();
    },
  };
}

/** Whether an SDP answer has a candidate that this page can reach. Loopback candidates work only on the server's own machine. */
export function isReachable(sdp: string, pageHost: string): boolean {
  const hosts = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+)/gm)].map(([, host = ""]) => host);
  return isLoopbackHost(pageHost) || hosts.some((host) => !isLoopbackHost(host));
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

/** Length of the sliding window, ms. A shorter outage is not a stutter. */
const WINDOW_MS = 5_000;
/** Minimum number of frames sent within the window for a verdict: 10 frames per second. */
const MIN_SENT = 50;
/** Share of the sent frames that must be shown. */
const MIN_SHOWN_SHARE = 0.5;
/** Maximum gap between samples, ms. After a longer one the page's timers were throttled, and the counts prove nothing. */
const MAX_SAMPLE_GAP_MS = 2_000;

interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly shown: number;
}

/** Detects a stuttering video by comparing the counts of sent and of shown frames over a sliding window. */
export class StutterDetector {
  /** Oldest first. */
  #samples: Sample[] = [];

  /**
   * Adds a sample. Counts never decrease; `at` is in ms of any clock.
   * @returns whether fewer than half of the frames sent in the last 5 s were shown, at 10 frames per second or more
   */
  sample(sample: Sample): boolean {
    const newest = this.#samples.at(-1);
    if (newest !== undefined && sample.at - newest.at > MAX_SAMPLE_GAP_MS) this.#samples = [];
    this.#samples.push(sample);
    const start = this.#samples.findLast(({ at }) => sample.at - at >= WINDOW_MS);
    if (start === undefined) return false;
    this.#samples.splice(0, this.#samples.indexOf(start));
    const sent = sample.sent - start.sent;
    return sent >= MIN_SENT && sample.shown - start.shown < sent * MIN_SHOWN_SHARE;
  }
}
