import { Vp8Encoder } from "../native/vp8.ts";
import { type EncodedVideoFrame, LAYER_BITRATES } from "./encoded-video.ts";
import type { QualityLevel, RawFrame } from "./frame.ts";
import { FrameIntervalSmoother } from "./frame-interval-smoother.ts";
import type { LatencyHistogram } from "./latency-histogram.ts";

/** Those who come within this time share a keyframe, ms. */
const KEYFRAME_EVERY_MS = 100;
/**
 * Rate limit of keyframes (a token bucket): burst, and average time between further ones, ms. A client that reconnects in a loop
 * would otherwise cost all viewers of the tier the bits of several frames each time.
 */
const KEYFRAME_BURST = 4;
const KEYFRAME_PERIOD_MS = 500;

/** The VP8 stream of one tier: its encoder, from the first frame until {@link close}, and what it made last. */
export class VideoLayer {
  readonly index: QualityLevel;
  readonly #durations: LatencyHistogram;
  #encoder: Vp8Encoder | null = null;
  /** Number of the picture of the newest frame, 0 before the first. */
  number = 0;
  /** How often that picture was encoded since it came, or since a keyframe of it, beyond the first time. */
  refinements = 0;
  /** How coarse the newest frame is, 0 (the finest) to 63. */
  quantizer = 63;
  /** Of the newest frame, `performance.now()`. */
  encodedAt = Number.NEGATIVE_INFINITY;
  keyframeAt = Number.NEGATIVE_INFINITY;
  /** When the token bucket is full again, `performance.now()`: each keyframe adds KEYFRAME_PERIOD_MS. */
  #keyframeBucketFullAt = Number.NEGATIVE_INFINITY;
  /** bit/s that the newest frame was encoded for; 0 before the first. */
  bitrate = 0;
  /** The encoder's own time, ms. */
  #timeMs = 0;
  readonly #pace = new FrameIntervalSmoother();

  /** `durations`: is told what each encoding took, from asking to having it. */
  constructor(tier: QualityLevel, durations: LatencyHistogram) {
    this.index = tier;
    this.#durations = durations;
  }

  /** When the next keyframe may be, `performance.now()`. */
  get nextKeyframeAt(): number {
    const soonest = this.keyframeAt + KEYFRAME_EVERY_MS;
    return Math.max(soonest, this.#keyframeBucketFullAt - (KEYFRAME_BURST - 1) * KEYFRAME_PERIOD_MS);
  }

  get isOpen(): boolean {
    return this.#encoder !== null;
  }

  /** Encodes a picture, whose pixels must not change until it settles. */
  async encode(frame: RawFrame, options: { bitrate: number; keyframe: boolean }): Promise<EncodedVideoFrame> {
    this.#encoder ??= new Vp8Encoder();
    const encoder = this.#encoder;
    const start = performance.now();
    const still = frame.number === this.number;
    const { min: least, max: most } = LAYER_BITRATES[this.index];
    const bitrate = Math.min(Math.max(options.bitrate, least), most);
    const passedMs = start - this.encodedAt;
    // A view at rest has all the bits until then; nothing comes after it that would have to wait.
    this.#timeMs += still ? passedMs : this.#pace.next(passedMs);
    this.refinements = still && !options.keyframe ? this.refinements + 1 : 0;
    this.number = frame.number;
    this.encodedAt = start;
    this.bitrate = bitrate;
    const encoded = await encoder.encode(frame, {
      bitrate,
      keyframe: options.keyframe,
      timeMs: this.#timeMs,
    });
    this.#durations.record(performance.now() - start);
    this.quantizer = encoded.quantizer;
    if (encoded.keyframe) {
      this.keyframeAt = start;
      this.#keyframeBucketFullAt = Math.max(this.#keyframeBucketFullAt, start) + KEYFRAME_PERIOD_MS;
    }
    const { number, width, height, renderedAtMs, eventMs, renderMs, viewSize } = frame;
    const { bytes, keyframe } = encoded;
    return {
      ...{ number, width, height, renderedAtMs, eventMs, renderMs, viewSize, bytes, keyframe, still },
      level: this.index,
    };
  }

  /** Frees the encoder; the next frame begins a new stream. Idempotent. */
  close(): void {
    this.#encoder?.close();
    this.#encoder = null;
    this.number = 0;
    this.refinements = 0;
    this.quantizer = 63;
    this.bitrate = 0;
    this.keyframeAt = Number.NEGATIVE_INFINITY;
  }
}
