import { drawText } from "../../encode/bitmap-text.ts";
import type { EncodedFrame } from "../../encode/frame.ts";
import { JpegEncoder } from "../../encode/jpeg-encoder.ts";

const WIDTH = 640;
const HEIGHT = 360;

let frame: Promise<EncodedFrame> | undefined;

/** The frame that a browser gets until the first frame: the text "waiting for the first frame". Encoded once. */
export function placeholderFrame(): Promise<EncodedFrame> {
  frame ??= draw();
  return frame;
}

function draw(): Promise<EncodedFrame> {
  const data = new Uint8Array(new ArrayBuffer(WIDTH * HEIGHT * 3));
  drawText({ data, width: WIDTH, height: HEIGHT, components: 3 }, ["WAITING FOR", "THE FIRST FRAME"]);
  const frame = {
    number: 0,
    width: WIDTH,
    height: HEIGHT,
    format: "rgb",
    bottomUp: true,
    data,
    renderedAtMs: performance.timeOrigin + performance.now(),
    eventMs: null,
    renderMs: null,
    viewSize: null,
    still: null,
    unchanged: false,
  } as const;
  return new JpegEncoder().encode(frame, 0);
}
