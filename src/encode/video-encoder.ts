import type { PixelImage } from "../native/pixel-image.ts";
import type { VideoCodec } from "../protocol/frame-header.ts";

/** Output of a video encoder for one frame. */
export interface VideoChunk {
  readonly bytes: Uint8Array;
  /** Whether it decodes without the frames before it. */
  readonly keyframe: boolean;
  /** Whether encoding the same frame once more would not be visibly better. */
  readonly converged: boolean;
}

/**
 * One video stream. The encoder makes the first frame and one of another size a keyframe, and no other unless requested. After
 * a failed encoding it begins a new stream.
 */
export interface VideoEncoder {
  readonly codec: VideoCodec;
  /**
   * Encodes a frame; calls are queued. `image.data` must not change until the promise settles.
   * @param timeMs presentation time, ms of any clock: the rate control derives the frame rate from it
   */
  encode(image: PixelImage, timeMs: number): Promise<VideoChunk>;
  /** Makes the next frame a keyframe. */
  requestKeyframe(): void;
  /** Average bitrate of the frames from now on, bit/s. To be set before the first frame. */
  setBitrate(bitrate: number): void;
  /** Frees the encoder when the queued frames are encoded. Idempotent. */
  close(): void;
}
