import type { VideoCodec } from "../protocol/frame-header.ts";
import type { VideoEncoder } from "./video-encoder.ts";
import { Vp8VideoEncoder } from "./vp8-encoder.ts";

/** Creates an encoder, by codec. */
export const VIDEO_ENCODERS: Readonly<Record<VideoCodec, () => VideoEncoder>> = {
  vp8: () => new Vp8VideoEncoder(),
};
