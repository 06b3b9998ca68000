import type { Whereabouts } from "../whereabouts.ts";
import { FrameStream } from "./frame-stream.ts";
import { openMjpeg } from "./mjpeg.ts";
import type { PictureStream, PictureStreamEvents, PictureWays } from "./picture-stream.ts";
import { VideoStream } from "./video-stream.ts";
import { WebrtcStream } from "./webrtc.ts";

export interface Transport {
  /** A value of FURY's query key `encoding`, and of `hello.transports`. */
  readonly encoding: string;
  /** For people. */
  readonly name: string;
  /** Whether this browser has what it takes, here. */
  isAvailable(): boolean;
  open(ways: PictureWays, events: PictureStreamEvents): PictureStream;
}

/** The transports that this page has. */
const TRANSPORTS: readonly Transport[] = [
  {
    ...{ encoding: "webrtc", name: "WebRTC", isAvailable: () => WebrtcStream.isAvailable },
    open: (ways, events) => new WebrtcStream(ways, events),
  },
  {
    ...{ encoding: "video", name: "VP8", isAvailable: () => VideoStream.isAvailable },
    open: (ways, events) => new VideoStream(ways, events),
  },
  {
    ...{ encoding: "jpeg", name: "JPEG", isAvailable: () => true },
    open: (ways, events) => new FrameStream(ways, events),
  },
  { encoding: "mjpeg", name: "MJPEG", isAvailable: () => true, open: openMjpeg },
];

/** The encodings whose pictures come on the page's WebSocket. */
export const NEEDS_WEBSOCKET: ReadonlySet<string> = new Set(["jpeg", "video"]);

/** The first way on which pictures come is taken. */
const ORDER: Readonly<Record<Whereabouts, readonly string[]>> = {
  // What is lost is not waited for.
  network: ["webrtc", "video", "jpeg", "mjpeg"],
  // It carries TCP alone, and what is behind it is most often narrow: VP8 has a quarter of JPEG's bytes.
  tunnel: ["video", "jpeg", "mjpeg", "webrtc"],
  // Nothing is lost, and JPEG is the soonest there and comes without loss at rest; another connection carries it as well.
  here: ["jpeg", "mjpeg", "video", "webrtc"],
};

/**
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @param mayWork false for one that gave no picture lately: it is taken only where there is no other
 * @param whereabouts of the server
 * @returns null where there is no way
 */
export function chooseTransport(
  asked: string,
  offered: readonly string[],
  mayWork: (transport: Transport) => boolean = () => true,
  whereabouts: Whereabouts = "network",
): Transport | null {
  const place = ({ encoding }: Transport) => ORDER[whereabouts].indexOf(encoding);
  const possible = TRANSPORTS.filter(
    ({ encoding, isAvailable }) => offered.includes(encoding) && isAvailable(),
  ).sort((a, b) => place(a) - place(b));
  const working = possible.filter(mayWork);
  const named = working.find(({ encoding }) => encoding === asked);
  return named ?? working[0] ?? possible.find(({ encoding }) => encoding === asked) ?? possible[0] ?? null;
}
