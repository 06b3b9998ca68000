import type { EncodedFrame } from "../encode/frame.ts";

/**
 * The two forms of multipart/x-mixed-replace. Both end every part with the next boundary line, so that no reader waits
 * for the next frame to know that this one is whole.
 * - advance: the next part's headers come with it too. Chromium paints a part only then: 50 to 11 ms of latency.
 * - length: every part says its Content-Length, for programs that read by it.
 */
export type MultipartForm = "advance" | "length";

const BOUNDARY = "scenecast-frame";
const DELIMITER = `--${BOUNDARY}\r\n`;
const TYPE_HEADER = "Content-Type: image/jpeg\r\n";

export const MULTIPART_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
  "Cache-Control": "no-store, no-transform",
  // nginx would otherwise collect frames before it passes them on.
  "X-Accel-Buffering": "no",
};

const encoder = new TextEncoder();
const START: Record<MultipartForm, Uint8Array> = {
  advance: encoder.encode(`${DELIMITER}${TYPE_HEADER}\r\n`),
  length: encoder.encode(DELIMITER),
};

/** One set of part bytes for a frame, however many viewers get it. */
const parts: Record<MultipartForm, WeakMap<EncodedFrame, Uint8Array>> = {
  advance: new WeakMap(),
  length: new WeakMap(),
};

/** What a stream begins with, before its first frame. */
export function multipartStart(form: MultipartForm): Uint8Array {
  return START[form];
}

/** SOI, which every JPEG begins with, and a fill byte, of which any number may stand before a marker (ITU T.81, B.1.1.2). */
const JPEG_BEGINNING = new Uint8Array([0xff, 0xd8, 0xff]);
const FILL_BYTE = JPEG_BEGINNING.subarray(2);
const WAITING_HEADER = encoder.encode("X-Waiting: 1\r\n");

/**
 * Bytes that mean nothing, for a connection on which no frame is due: the `count`th, from 0, since the start or the last
 * part. The next part is then {@link multipartPartAfterFillers}.
 * - advance: the headers of the next part are out already, so its JPEG begins. An empty part would break the picture in
 *   Chromium, and so would white space before the JPEG.
 * - length: one more header line of the next part.
 */
export function multipartFiller(form: MultipartForm, count: number): Uint8Array {
  if (form === "length") return WAITING_HEADER;
  return count === 0 ? JPEG_BEGINNING : FILL_BYTE;
}

/** A frame's part where fillers were written since the start or the last part. */
export function multipartPartAfterFillers(form: MultipartForm, frame: EncodedFrame): Uint8Array {
  const part = multipartPart(form, frame);
  return form === "length" ? part : part.subarray(2);
}

/** A frame's part, to follow the start or another part. */
export function multipartPart(form: MultipartForm, frame: EncodedFrame): Uint8Array {
  const made = parts[form].get(frame);
  if (made !== undefined) return made;
  const part = form === "advance" ? advancePart(frame) : lengthPart(frame);
  parts[form].set(frame, part);
  return part;
}

function advancePart(frame: EncodedFrame): Uint8Array {
  return Buffer.concat([frame.bytes, encoder.encode("\r\n"), START.advance]);
}

/** X-Timestamp: seconds since 1970 when the picture was rendered, as mjpg-streamer and ustreamer send it. */
function lengthPart(frame: EncodedFrame): Uint8Array {
  const headers =
    `${TYPE_HEADER}Content-Length: ${frame.bytes.byteLength}\r\n` +
    `X-Timestamp: ${(frame.renderedAtMs / 1000).toFixed(6)}\r\nX-Frame: ${frame.number}\r\n\r\n`;
  return Buffer.concat([encoder.encode(headers), frame.bytes, encoder.encode(`\r\n${DELIMITER}`)]);
}
