import type { PixelImage } from "../native/pixel-image.ts";
import { Vp8Encoder } from "../native/vp8.ts";
import type { VideoChunk, VideoEncoder } from "./video-encoder.ts";

/** Quantizer (0 to 63) at or below which a refinement of a still view is not visible. */
const CONVERGED_QUANTIZER = 6;

/** VP8 by libvpx, on the native thread pool. */
export class Vp8VideoEncoder implements VideoEncoder {
  readonly codec = "vp8";
  readonly #encoder = new Vp8Encoder();
  #bitrate = 0;
  #keyframeRequested = false;

  async encode(image: PixelImage, timeMs: number): Promise<VideoChunk> {
    const keyframe = this.#keyframeRequested;
    this.#keyframeRequested = false;
    const encoded = await this.#encoder.encode(image, { bitrate: this.#bitrate, keyframe, timeMs });
    return {
      bytes: encoded.bytes,
      keyframe: encoded.keyframe,
      converged: encoded.quantizer <= CONVERGED_QUANTIZER,
    };
  }

  requestKeyframe(): void {
    this.#keyframeRequested = true;
  }

  setBitrate(bitrate: number): void {
    this.#bitrate = bitrate;
  }

  close(): void {
    this.#encoder.close();
  }
}
