import type { ConnectionKind } from "../connection/connection-kind.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import { openImageStream } from "./image-stream.ts";
import { openMjpegStream } from "./mjpeg-stream.ts";
import { openVideoStream } from "./video-stream.ts";
import { openWebrtcStream } from "./webrtc-stream.ts";

/** A method of transporting frames from the server to the page. */
export interface Transport {
  /** A value of FURY's query key `encoding`, and of `hello.transports`. */
  readonly encoding: string;
  /** Name for people. */
  readonly name: string;
  /** Whether opening may take a second or fail silently (a firewall drops its packets), so that a preview is shown first. */
  readonly opensSlowly?: boolean;
  /** Whether its frames are sent on the page's WebSocket. */
  readonly needsWebSocket?: boolean;
  /** Whether this browser supports it. */
  isAvailable(): boolean;
  open(context: StreamContext, events: FrameStreamEvents): FrameStream;
}

const TRANSPORTS: readonly Transport[] = [
  {
    encoding: "webrtc",
    name: "WebRTC",
    isAvailable: () =>
      "RTCPeerConnection" in globalThis && "requestVideoFrameCallback" in HTMLVideoElement.prototype,
    opensSlowly: true,
    open: openWebrtcStream,
  },
  {
    encoding: "video",
    name: "VP8",
    // Browsers have WebCodecs only over https and on localhost.
    isAvailable: () => "VideoDecoder" in globalThis,
    needsWebSocket: true,
    open: openVideoStream,
  },
  { encoding: "jpeg", name: "JPEG", isAvailable: () => true, needsWebSocket: true, open: openImageStream },
  { encoding: "mjpeg", name: "MJPEG", isAvailable: () => true, open: openMjpegStream },
];

/** Preference order by connection kind: the first transport that works is used. */
const ORDER: Readonly<Record<ConnectionKind, readonly string[]>> = {
  // WebRTC does not wait for lost packets.
  remote: ["webrtc", "video", "jpeg", "mjpeg"],
  // Tunnels carry only TCP and are mostly slow: VP8 needs a quarter of JPEG's bytes.
  tunnel: ["video", "jpeg", "mjpeg", "webrtc"],
  // No loss, and JPEG has the lowest latency and a lossless still view.
  local: ["jpeg", "mjpeg", "video", "webrtc"],
};

/**
 * Chooses a transport.
 * @param options.requested an encoding, or "auto"
 * @param options.offered the encodings that the server offers
 * @param options.isWorking false for transports that failed recently, which are used only if there is no other; default: true
 * @param options.hasWebSocket whether the page's connection carries frames; default true
 * @param options.connectionKind default "remote"
 * @returns null if there is none
 */
export function chooseTransport(options: {
  requested: string;
  offered: readonly string[];
  isWorking?: (transport: Transport) => boolean;
  hasWebSocket?: boolean;
  connectionKind?: ConnectionKind | undefined;
}): Transport | null {
  const { requested, offered, isWorking = () => true, hasWebSocket = true } = options;
  const order = ORDER[options.connectionKind ?? "remote"];
  const rank = ({ encoding }: Transport) => order.indexOf(encoding);
  const possible = TRANSPORTS.filter(
    ({ encoding, isAvailable, needsWebSocket }) =>
      offered.includes(encoding) && isAvailable() && (hasWebSocket || needsWebSocket !== true),
  ).sort((a, b) => rank(a) - rank(b));
  const working = possible.filter(isWorking);
  const isRequested = ({ encoding }: Transport) => encoding === requested;
  return working.find(isRequested) ?? working[0] ?? possible.find(isRequested) ?? possible[0] ?? null;
}
