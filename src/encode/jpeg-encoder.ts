import { encodeJpeg, type JpegOptions } from "../native/jpeg.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import type { FrameEncoder } from "./encoded-variants.ts";
import type { EncodedFrame, Quality, QualityLevel, RawFrame, Size } from "./frame.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { encodePng } from "./png.ts";

/**
 * JPEG options of a moving view. Measured with streamlines at 1280x720: 51, 38 and 29 KiB, 1.2 to 1.3 ms each with two threads, so
 * that a lower level helps the connection and not the encoder. Below quality 40, blocks become visible and little is saved (30: 27
 * KiB); more levels would not improve the frame rate.
 */
const LEVEL_JPEG_OPTIONS: Readonly<Record<QualityLevel, JpegOptions>> = {
  0: { quality: 85, subsampling: "4:2:0" },
  1: { quality: 65, subsampling: "4:2:0" },
  2: { quality: 40, subsampling: "4:2:0" },
};
/** For snapshots and still views; 125 KiB and 2.2 ms for the same scene. Low priority: the next frame must not wait. */
const STILL_JPEG: JpegOptions = { quality: 95, subsampling: "4:4:4", lowPriority: true };

/** Encodes frames, JPEG on the native thread pool and PNG also on zlib's threads, and records the time. */
export class JpegEncoder implements FrameEncoder {
  /** Time of each encoding, waiting for a thread included, by quality. */
  readonly durations: Readonly<Record<Quality, LatencyHistogram>> = {
    ...{ 0: new LatencyHistogram(), 1: new LatencyHistogram(), 2: new LatencyHistogram() },
    ...{ still: new LatencyHistogram(), lossless: new LatencyHistogram() },
  };
  /** Images encoded since the start, in all qualities. */
  frames = 0;
  /** Number of encodings in progress or queued. */
  pending = 0;
  /** Time of the last encoding of a moving view, waiting for a thread included, ms. */
  lastMs = 0;

  async encode(frame: RawFrame, quality: Quality, size: Size | null = null): Promise<EncodedFrame> {
    const start = performance.now();
    const live = typeof quality === "number";
    this.pending++;
    const bytes = await encodeBytes(frame, quality, size).finally(() => this.pending--);
    const ms = performance.now() - start;
    this.frames++;
    this.durations[quality].record(ms);
    if (live) this.lastMs = ms;
    const { number, renderedAtMs, eventMs, renderMs } = frame;
    const { width, height } = size ?? frame;
    const viewSize = size === null ? frame.viewSize : null;
    return {
      ...{ number, width, height, renderedAtMs, eventMs, renderMs, viewSize, bytes },
      format: quality === "lossless" ? "png" : "jpeg",
      level: live ? quality : 0,
      still: !live,
    };
  }
}

async function encodeBytes(frame: RawFrame, quality: Quality, size: Size | null): Promise<Uint8Array> {
  if (quality === "lossless") return encodePng(frame);
  const options = typeof quality === "number" ? LEVEL_JPEG_OPTIONS[quality] : STILL_JPEG;
  // Low priority: viewers of the original size do not wait for scaled encodings.
  return encodeJpeg(frame, size === null ? options : { ...options, size, lowPriority: true });
}

/** Encodes an image in full quality, with low priority. The pixels must not change until the promise settles. */
export function encodeSnapshotJpeg(image: PixelImage): Promise<Uint8Array> {
  return encodeJpeg(image, STILL_JPEG);
}
