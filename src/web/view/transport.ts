import type { ConnectionKind } from "../connection/connection-kind.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import { ImageStream } from "./image-stream.ts";
import { openMjpeg } from "./mjpeg-stream.ts";
import { VideoStream } from "./video-stream.ts";
import { WebrtcStream } from "./webrtc-stream.ts";

export interface Transport {
  /** A value of FURY's query key `encoding`, and of `hello.transports`. */
  readonly encoding: string;
  /** For people. */
  readonly name: string;
  /** Whether a failure may take a second or more to show, so that a still preview is needed. */
  readonly opensSlowly?: boolean;
  /** Whether this browser has what it takes, here. */
  isAvailable(): boolean;
  open(ways: StreamContext, events: FrameStreamEvents): FrameStream;
}

/** The transports that this page has. */
const TRANSPORTS: readonly Transport[] = [
  {
    ...{ encoding: "webrtc", name: "WebRTC", isAvailable: () => WebrtcStream.isAvailable },
    opensSlowly: true,
    open: (ways, events) => new WebrtcStream(ways, events),
  },
  {
    ...{ encoding: "video", name: "VP8", isAvailable: () => VideoStream.isAvailable },
    open: (ways, events) => new VideoStream(ways, events),
  },
  {
    ...{ encoding: "jpeg", name: "JPEG", isAvailable: () => true },
    open: (ways, events) => new ImageStream(ways, events),
  },
  { encoding: "mjpeg", name: "MJPEG", isAvailable: () => true, open: openMjpeg },
];

/** Encodings whose frames are sent on the page's WebSocket. */
export const NEEDS_WEBSOCKET: ReadonlySet<string> = new Set(["jpeg", "video"]);

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
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @param mayWork false for one that gave no picture lately: it is taken only where there is no other
 * @param connectionKind how the page reaches the server
 * @returns null where there is no way
 */
export function chooseTransport(
  asked: string,
  offered: readonly string[],
  mayWork: (transport: Transport) => boolean = () => true,
  connectionKind: ConnectionKind = "remote",
): Transport | null {
  const place = ({ encoding }: Transport) => ORDER[connectionKind].indexOf(encoding);
  const possible = TRANSPORTS.filter(
    ({ encoding, isAvailable }) => offered.includes(encoding) && isAvailable(),
  ).sort((a, b) => place(a) - place(b));
  const working = possible.filter(mayWork);
  const named = working.find(({ encoding }) => encoding === asked);
  return named ?? working[0] ?? possible.find(({ encoding }) => encoding === asked) ?? possible[0] ?? null;
}
