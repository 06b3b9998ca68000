import type { Size } from "../../encode/frame.ts";
import { QUERY } from "../../protocol/paths.ts";
import type { MjpegStreamOptions } from "./mjpeg-stream.ts";
import type { MultipartForm } from "./multipart.ts";

/** Parameters of a request for `video/mjpeg`. */
export interface MjpegRequest
  extends Pick<MjpegStreamOptions, "form" | "size" | "repeatMs" | "initialBurst"> {
  /** Whether the client is a browser that opens the stream itself, without our page: it gets a placeholder until the first frame. */
  wantsPlaceholder: boolean;
}

/** Limits of width and height in `size`, px: 16 is one MCU of a JPEG; scaling and encoding 4096x4096 takes about 0.1 s. */
const MIN_SIDE = 16;
const MAX_SIDE = 4096;

/**
 * Intervals of the keep-alive that repeats the last frame, ms. Clients time out on an idle stream: Home Assistant after 10 s,
 * GStreamer's souphttpsrc after 15 s, OpenCV after 30 s. Our page does not, but proxies do: nginx after 60 s, others after 30 s.
 * The page's interval exceeds the 24 s in which TCP keep-alive detects a lost page, since that needs a connection without
 * unacknowledged data.
 */
const REPEAT_MS = 5_000;
const PAGE_REPEAT_MS = 25_000;
/**
 * Initial burst: the first frames of a still view are repeated faster. Players on FFmpeg's libraries (mpv, motion) show nothing
 * before they have estimated the frame rate. mpv 0.35 needs 30 frames for that: at one in 5 s it opened a still view after 28 s
 * or never, with the burst after 3 s.
 */
const INITIAL_BURST = { frames: 40, repeatMs: 100 };

/** Sec-Fetch-Dest values of browser elements that paint a part only after the next part's headers: `<img>`, tabs and frames. */
const BROWSER_DESTINATIONS = new Set(["image", "document", "iframe", "frame", "embed", "object"]);

/** The parameters of the request, or an error message. */
export function readMjpegRequest({ headers }: Request, { searchParams }: URL): MjpegRequest | string {
  // Our page shows its own text while it waits, and scales frames of any size.
  const isPage = searchParams.has(QUERY.viewer);
  const form = readForm(searchParams.get(QUERY.advanceHeaders), headers.get("sec-fetch-dest"));
  if (form === null) return `"${QUERY.advanceHeaders}" must be 0 or 1.`;
  const requestedSize = searchParams.get(QUERY.size);
  const size = requestedSize === null ? (isPage ? "any" : "first") : readSize(requestedSize);
  if (size === null) {
    return `"${QUERY.size}" must be a width and height in pixels such as 1280x720, each from ${MIN_SIDE} to ${MAX_SIDE}.`;
  }
  const wantsPlaceholder = !isPage && /image\/|text\/html/.test(headers.get("accept") ?? "");
  const repeat = isPage
    ? { repeatMs: PAGE_REPEAT_MS, initialBurst: undefined }
    : { repeatMs: REPEAT_MS, initialBurst: INITIAL_BURST };
  return { form, size, ...repeat, wantsPlaceholder };
}

/** The form in the query, or by default the one that suits the client; null if the query is invalid. */
function readForm(value: string | null, destination: string | null): MultipartForm | null {
  if (value === null) return BROWSER_DESTINATIONS.has(destination ?? "") ? "advance" : "length";
  if (value === "1") return "advance";
  return value === "0" ? "length" : null;
}

function readSize(text: string): Size | null {
  const match = /^(\d{2,4})x(\d{2,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  const isAllowed = (side: number) => side >= MIN_SIDE && side <= MAX_SIDE;
  return isAllowed(width) && isAllowed(height) ? { width, height } : null;
}
