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

/** The transports that this page has, the best first. */
const TRANSPORTS: readonly Transport[] = [
  {
    ...{ encoding: "jpeg", name: "JPEG", isAvailable: () => true },
    open: (ways, events) => new FrameStream(ways, events),
  },
  { encoding: "mjpeg", name: "MJPEG", isAvailable: () => true, open: openMjpeg },
  {
    ...{ encoding: "video", name: "VP8", isAvailable: () => VideoStream.isAvailable },
    open: (ways, events) => new VideoStream(ways, events),
  },
  {
    ...{ encoding: "webrtc", name: "WebRTC", isAvailable: () => WebrtcStream.isAvailable },
    open: (ways, events) => new WebrtcStream(ways, events),
  },
];

/**
 * Chooses how the picture comes.
 * @param asked an encoding, or "auto"
 * @param offered the encodings that the server has
 * @param mayWork false for one that gave no picture lately: it is taken only where there is no other
 * @returns null where there is no way
 */
export function chooseTransport(
  asked: string,
  offered: readonly string[],
  mayWork: (transport: Transport) => boolean = () => true,
): Transport | null {
  const possible = TRANSPORTS.filter(
    ({ encoding, isAvailable }) => offered.includes(encoding) && isAvailable(),
  );
  const working = possible.filter(mayWork);
  const named = working.find(({ encoding }) => encoding === asked);
  return named ?? working[0] ?? possible.find(({ encoding }) => encoding === asked) ?? possible[0] ?? null;
}
