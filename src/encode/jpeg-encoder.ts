import { encodeJpeg, type JpegOptions, type PixelImage } from "../native/jpeg.ts";

import type { EncodedFrame, Quality, RawFrame, Tier } from "./frame.ts";
import type { FrameEncoder } from "./picture.ts";
import { encodePng } from "./png.ts";

/**
 * A view that moves. Measured on a scene of streamlines at 1280x720: 51, 38 and 29 KiB, 1.2 to 1.3 ms each with two
 * threads, so a lower tier is for the connection and not for the encoder. Below quality 40 blocks show and little more is
 * saved (30: 27 KiB); a finer step would move nobody.
 */
export const TIER_JPEG: Readonly<Record<Tier, JpegOptions>> = {
  0: { quality: 85, subsampling: "4:2:0" },
  1: { quality: 65, subsampling: "4:2:0" },
  2: { quality: 40, subsampling: "4:2:0" },
};
/** For a picture to keep, or to look at for longer; 125 KiB and 2.2 ms there. */
export const SNAPSHOT_JPEG: JpegOptions = { quality: 95, subsampling: "4:4:4" };

/** Encodes frames and keeps count of what those of a moving view cost: JPEG on the native thread pool, PNG on zlib's. */
export class JpegEncoder implements FrameEncoder {
  #frames = 0;
  #lastMs = 0;

  /** Pictures encoded since the start, in every quality. */
  get frames(): number {
    return this.#frames;
  }

  /** How long the last picture of a moving view took from asking to having it, ms. */
  get lastMs(): number {
    return this.#lastMs;
  }

  async encode(frame: RawFrame, quality: Quality): Promise<EncodedFrame> {
    const start = performance.now();
    const live = typeof quality === "number";
    const bytes =
      quality === "lossless"
        ? await encodePng(frame)
        : await encodeJpeg(frame, live ? TIER_JPEG[quality] : SNAPSHOT_JPEG);
    this.#frames++;
    if (live) this.#lastMs = performance.now() - start;
    const { number, width, height, renderedAtMs, eventMs, renderMs } = frame;
    return {
      ...{ number, width, height, renderedAtMs, eventMs, renderMs, bytes },
      format: quality === "lossless" ? "png" : "jpeg",
      tier: live ? quality : 0,
      still: !live,
    };
  }
}

/** A picture in full quality. The pixels must not change until it settles. */
export function encodeSnapshotJpeg(image: PixelImage): Promise<Uint8Array> {
  return encodeJpeg(image, SNAPSHOT_JPEG);
}
