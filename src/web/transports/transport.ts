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

/** The transports that this page has, in the order of their merits on a network: the first wait for nothing that was lost. */
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

/**
 * Within one machine nothing is lost, and JPEG is the soonest there and comes without loss at rest; where the socket does not
 * carry it, another connection does as well.
 */
const ON_ONE_MACHINE: readonly string[] = ["jpeg", "mjpeg", "video", "webrtc"];

/**
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @param mayWork false for one that gave no picture lately: it is taken only where there is no other
 * @param onOneMachine whether the server is the browser's own machine, as far as its address tells
 * @returns null where there is no way
 */
export function chooseTransport(
  asked: string,
  offered: readonly string[],
  mayWork: (transport: Transport) => boolean = () => true,
  onOneMachine = false,
): Transport | null {
  const place = ({ encoding }: Transport) => (onOneMachine ? ON_ONE_MACHINE.indexOf(encoding) : 0);
  const possible = TRANSPORTS.filter(
    ({ encoding, isAvailable }) => offered.includes(encoding) && isAvailable(),
  ).sort((a, b) => place(a) - place(b));
  const working = possible.filter(mayWork);
  const named = working.find(({ encoding }) => encoding === asked);
  return named ?? working[0] ?? possible.find(({ encoding }) => encoding === asked) ?? possible[0] ?? null;
}
