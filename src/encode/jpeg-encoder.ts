import { encodeJpeg, type PixelImage } from "../native/jpeg.ts";
import type { FrameEncoder } from "./broadcast.ts";
import type { EncodedFrame, RawFrame } from "./frame.ts";

export interface JpegOptions {
  /** 1 to 100, as libjpeg counts. */
  quality: number;
  subsampling: "4:4:4" | "4:2:2" | "4:2:0";
}

/** For a view that moves. */
export const LIVE_JPEG: JpegOptions = { quality: 85, subsampling: "4:2:0" };
/** For a picture to keep. */
export const SNAPSHOT_JPEG: JpegOptions = { quality: 95, subsampling: "4:4:4" };

/** Encodes frames on the native thread pool and keeps count of what it cost. */
export class JpegEncoder implements FrameEncoder {
  readonly #options: JpegOptions;
  #frames = 0;
  #lastMs = 0;

  constructor(options: JpegOptions = LIVE_JPEG) {
    this.#options = options;
  }

  /** Frames encoded since the start. */
  get frames(): number {
    return this.#frames;
  }

  /** How long the last frame took from asking to having it, ms. */
  get lastMs(): number {
    return this.#lastMs;
  }

  async encode(frame: RawFrame): Promise<EncodedFrame> {
    const start = performance.now();
    const bytes = await encodeJpeg(frame, this.#options);
    this.#frames++;
    this.#lastMs = performance.now() - start;
    const { number, width, height, renderedAtMs, eventMs } = frame;
    return { number, width, height, renderedAtMs, eventMs, bytes };
  }
}

/** A picture in full quality. The pixels must not change until it settles. */
export function encodeSnapshotJpeg(image: PixelImage): Promise<Uint8Array> {
  return encodeJpeg(image, SNAPSHOT_JPEG);
}
