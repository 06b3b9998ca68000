import type { EncodedFrame } from "../../encode/frame.ts";

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
