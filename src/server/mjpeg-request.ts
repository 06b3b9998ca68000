import type { Size } from "../encode/frame.ts";
import type { MjpegOptions } from "./mjpeg.ts";
import type { MultipartForm } from "./multipart.ts";
import { QUERY } from "./protocol.ts";

/** What a request for `video/mjpeg` asks for. */
export interface MjpegRequest {
  form: MultipartForm;
  /** See MjpegOptions. */
  size: Size | "first" | "any";
  repeatMs: number;
  opening: MjpegOptions["opening"];
  /** Whether a person looks at the bare stream, who is to read that the first frame is waited for. */
  wantsWords: boolean;
}

/** Sides of `size`, px: 16 are one block of a JPEG; a picture of 4096x4096 takes some 0.1 s to scale and encode. */
const MIN_SIDE = 16;
const MAX_SIDE = 4096;

/**
 * Clients give up on a silent stream: Home Assistant after 10 s, GStreamer's souphttpsrc after 15, OpenCV after 30. Our page does
 * not, but proxies cut it: nginx after 60 s, others after 30. A page that is gone is known by TCP's keep-alive within 24 s, for
 * which nothing may be on its way to it.
 */
const REPEAT_MS = 5_000;
const PAGE_REPEAT_MS = 25_000;
/**
 * Players on FFmpeg's libraries (mpv, motion) show nothing before they have estimated the frame rate: mpv 0.35 takes 30 pictures for
 * it, so at one in 5 s it opened a still view after 28 s or never, and now after 3 s.
 */
const OPENING = { pictures: 40, repeatMs: 100 };

/** What shows a stream by its parts, and paints one only when the next one's headers are there: `<img>`, and a tab or frame. */
const SHOWN_BY_BROWSER = new Set(["image", "document", "iframe", "frame", "embed", "object"]);

/** What the request asks for, or a sentence that says what is wrong with it. */
export function readMjpegRequest({ headers }: Request, { searchParams }: URL): MjpegRequest | string {
  // The page says in words of its own that it waits, and lays out pictures of any size.
  const isPage = searchParams.has(QUERY.viewer);
  const form = readForm(searchParams.get(QUERY.advanceHeaders), headers.get("sec-fetch-dest"));
  if (form === null) return `"${QUERY.advanceHeaders}" must be 0 or 1.`;
  const asked = searchParams.get(QUERY.size);
  const size = asked === null ? (isPage ? "any" : "first") : readSize(asked);
  if (size === null) {
    return `"${QUERY.size}" must be like 1280x720: width and height in pixels, each from ${MIN_SIDE} to ${MAX_SIDE}.`;
  }
  const wantsWords = !isPage && /image\/|text\/html/.test(headers.get("accept") ?? "");
  const repeat = isPage
    ? { repeatMs: PAGE_REPEAT_MS, opening: undefined }
    : { repeatMs: REPEAT_MS, opening: OPENING };
  return { form, size, ...repeat, wantsWords };
}

/** As the query asks, else as suits the client; null where the query asks for neither. */
function readForm(asked: string | null, destination: string | null): MultipartForm | null {
  if (asked === null) return SHOWN_BY_BROWSER.has(destination ?? "") ? "advance" : "length";
  if (asked === "1") return "advance";
  return asked === "0" ? "length" : null;
}

function readSize(text: string): Size | null {
  const match = /^(\d{2,4})x(\d{2,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  const isAllowed = (side: number) => side >= MIN_SIDE && side <= MAX_SIDE;
  return isAllowed(width) && isAllowed(height) ? { width, height } : null;
}
