import type { PixelImage } from "../native/pixel-image.ts";
import { Vp8Encoder, type Vp8Frame, type Vp8Options } from "../native/vp8.ts";
import type { VideoCodec } from "../protocol/frame-header.ts";

/**
 * One video stream. The encoder makes the first frame and one of another size a keyframe, and no other unless requested. After
 * a failed encoding it begins a new stream.
 */
export interface VideoEncoder {
  /**
   * Encodes a frame; calls are queued. `image.data` must not change until the promise settles. `converged`: encoding the same
   * frame once more would not be visibly better.
   */
  encode(
    image: PixelImage,
    options: Vp8Options,
  ): Promise<Pick<Vp8Frame, "bytes" | "keyframe"> & { converged: boolean }>;
  /** Frees the encoder when the queued frames are encoded. Idempotent. */
  close(): void;
}

/** Creates an encoder, by codec. */
export const VIDEO_ENCODERS: Readonly<Record<VideoCodec, () => VideoEncoder>> = { vp8: vp8Encoder };

/** Quantizer (0 to 63) at or below which a refinement of a still view is not visible. */
const CONVERGED_QUANTIZER = 6;

/** VP8 by libvpx, on the native thread pool. */
function vp8Encoder(): VideoEncoder {
  const encoder = new Vp8Encoder();
  return {
    async encode(image, options) {
      const { bytes, keyframe, quantizer } = await encoder.encode(image, options);
      return { bytes, keyframe, converged: quantizer <= CONVERGED_QUANTIZER };
    },
    close: () => encoder.close(),
  };
}
