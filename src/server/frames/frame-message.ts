import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import type { EncodedFrame } from "../../encode/frame.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "../../protocol/frame-header.ts";

/** Message of each frame, shared by all its viewers: the socket copies what it cannot send immediately. */
const messages = new WeakMap<EncodedFrame | EncodedVideoFrame, Uint8Array<ArrayBuffer>>();

/** The binary message of a frame, with the current time as its sending time. Valid until the next call for the same frame. */
export function frameMessage(frame: EncodedFrame | EncodedVideoFrame): Uint8Array<ArrayBuffer> {
  let message = messages.get(frame);
  if (message === undefined) {
    message = new Uint8Array(FRAME_HEADER_BYTES + frame.bytes.byteLength);
    message.set(frame.bytes, FRAME_HEADER_BYTES);
    messages.set(frame, message);
  }
  const { number, level, still, width, height, renderedAtMs, eventMs, renderMs } = frame;
  const format = "format" in frame ? frame.format : frame.codec;
  const sentAtMs = performance.timeOrigin + performance.now();
  writeFrameHeader(
    {
      ...{ format, qualityLevel: level, still, width, height, renderedAtMs, eventMs, renderMs, sentAtMs },
      lossless: format === "png",
      keyframe: "keyframe" in frame && frame.keyframe,
      // 32 bits: two years at 60 frames per second.
      frame: number,
    },
    message,
  );
  return message;
}
