import type { VideoCodec } from "../protocol/frame-header.ts";
import type { FrameInfo, QualityLevel, RawFrame } from "./frame.ts";
import type { Subscription } from "./frame-fanout.ts";
import type { LatencyHistogram } from "./latency-histogram.ts";
import { VIDEO_ENCODERS, type VideoEncoder } from "./video-encoder.ts";

/** One encoded frame of a video stream. */
export interface EncodedVideoFrame extends FrameInfo {
  readonly codec: VideoCodec;
  readonly bytes: Uint8Array;
  /** Whether it decodes without the frames before it; otherwise its reference is the frame delivered before. */
  readonly keyframe: boolean;
  /** Bitrate layer of its stream: 0 has the highest bitrate. */
  readonly level: QualityLevel;
  /** Whether it is a refinement: the frame before it in better quality, because the view is still. */
  readonly still: boolean;
}

/** Limits of a viewer's connection; read each time before a frame is encoded for it. */
export interface VideoConstraints {
  /** bit/s */
  readonly bitrate: number;
}

/** One viewer's place in a video broadcast. */
export interface VideoSubscription extends Subscription {
  /** Reports that the viewer cannot decode further frames. It receives a keyframe, delayed if its requests are frequent. */
  requestKeyframe(): void;
}

/** Range of bitrates of each layer, bit/s. */
export const LAYER_BITRATES: Readonly<Record<QualityLevel, { min: number; max: number }>> = {
  0: { min: 4_000_000, max: 20_000_000 },
  1: { min: 1_200_000, max: 4_000_000 },
  2: { min: 300_000, max: 1_200_000 },
};

/** A viewer changes its layer when its bitrate is outside the range by this share: each change costs a keyframe. */
const HYSTERESIS = 0.15;

/** The layer for a bitrate. `current`: the viewer's layer, kept within the hysteresis; null for a new viewer. */
export function layerFor(bitrate: number, current: QualityLevel | null): QualityLevel {
  if (current !== null) {
    const { min, max } = LAYER_BITRATES[current];
    const isAboveMin = current === 2 || bitrate >= min * (1 - HYSTERESIS);
    const isBelowMax = current === 0 || bitrate <= max * (1 + HYSTERESIS);
    if (isAboveMin && isBelowMax) return current;
  }
  if (bitrate >= LAYER_BITRATES[0].min) return 0;
  return bitrate >= LAYER_BITRATES[1].min ? 1 : 2;
}

/** Viewers that join within this time share a keyframe, ms. */
const KEYFRAME_INTERVAL_MS = 100;
/**
 * Rate limit of keyframes (a token bucket): burst, and average time between further ones, ms. A client that reconnects in a loop
 * would otherwise cost all viewers of the layer the bits of several frames each time.
 */
const KEYFRAME_BURST = 4;
const KEYFRAME_PERIOD_MS = 500;

/** The video stream of one bitrate layer: its encoder, from the first frame until {@link close}, and its newest frame. */
export class VideoLayer {
  readonly index: QualityLevel;
  readonly #codec: VideoCodec;
  readonly #durations: LatencyHistogram;
  #encoder: VideoEncoder | null = null;
  /** Number of the newest frame, 0 before the first. */
  frameNumber = 0;
  /** Number of refinements of that frame, since it was new or a keyframe. */
  refinements = 0;
  /** Whether a further refinement would not be visible. */
  converged = false;
  /** Time of the newest encoding, `performance.now()`. */
  encodedAt = Number.NEGATIVE_INFINITY;
  #keyframeAt = Number.NEGATIVE_INFINITY;
  /** When the token bucket is full again, `performance.now()`: each keyframe adds KEYFRAME_PERIOD_MS. */
  #keyframeBucketFullAt = Number.NEGATIVE_INFINITY;
  /** Bitrate of the newest frame, bit/s; 0 before the first. */
  bitrate = 0;
  /** Presentation time of the stream, ms. */
  #timeMs = 0;
  readonly #intervals = new FrameIntervalSmoother();

  /** `durations` records the time of each encoding, waiting for a thread included. */
  constructor(index: QualityLevel, codec: VideoCodec, durations: LatencyHistogram) {
    this.index = index;
    this.#codec = codec;
    this.#durations = durations;
  }

  /** Earliest time of the next keyframe, `performance.now()`. */
  get nextKeyframeAt(): number {
    const earliest = this.#keyframeAt + KEYFRAME_INTERVAL_MS;
    return Math.max(earliest, this.#keyframeBucketFullAt - (KEYFRAME_BURST - 1) * KEYFRAME_PERIOD_MS);
  }

  get isOpen(): boolean {
    return this.#encoder !== null;
  }

  /** Encodes a frame, whose pixels must not change until the promise settles. */
  async encode(frame: RawFrame, options: { bitrate: number; keyframe: boolean }): Promise<EncodedVideoFrame> {
    this.#encoder ??= VIDEO_ENCODERS[this.#codec]();
    const start = performance.now();
    const still = frame.number === this.frameNumber;
    const { min, max } = LAYER_BITRATES[this.index];
    const bitrate = Math.min(Math.max(options.bitrate, min), max);
    const elapsedMs = start - this.encodedAt;
    // A refinement may use all bits saved since the frame before: no frame follows that it could delay.
    this.#timeMs += still ? elapsedMs : this.#intervals.next(elapsedMs);
    this.refinements = still && !options.keyframe ? this.refinements + 1 : 0;
    this.frameNumber = frame.number;
    this.encodedAt = start;
    this.bitrate = bitrate;
    const encoded = await this.#encoder.encode(frame, {
      bitrate,
      keyframe: options.keyframe,
      timeMs: this.#timeMs,
    });
    const { bytes, keyframe, converged } = encoded;
    this.#durations.record(performance.now() - start);
    this.converged = converged;
    if (keyframe) {
      this.#keyframeAt = start;
      this.#keyframeBucketFullAt = Math.max(this.#keyframeBucketFullAt, start) + KEYFRAME_PERIOD_MS;
    }
    const { number, width, height, renderedAtMs, eventMs, renderMs, viewSize } = frame;
    return {
      ...{ number, width, height, renderedAtMs, eventMs, renderMs, viewSize, bytes, keyframe, still },
      ...{ codec: this.#codec, level: this.index },
    };
  }

  /** Frees the encoder; the next frame begins a new stream. Idempotent. */
  close(): void {
    this.#encoder?.close();
    this.#encoder = null;
    this.frameNumber = 0;
    this.refinements = 0;
    this.converged = false;
    this.bitrate = 0;
    this.#keyframeAt = Number.NEGATIVE_INFINITY;
  }
}

/** Weight of a new interval in the average: a shorter one, and a longer one. */
const DECREASE_WEIGHT = 1 / 8;
const INCREASE_WEIGHT = 1 / 16;
/** ms */
const INITIAL_INTERVAL_MS = 1000 / 30;

/**
 * Smooths the intervals between frames for the encoder's rate control. libvpx gave a frame that was a tenth late twice the
 * bits, and one that had waited for the link ten times as many, which delayed the next frame again.
 */
export class FrameIntervalSmoother {
  #intervalMs = INITIAL_INTERVAL_MS;

  /**
   * @param elapsedMs time since the previous frame; Infinity for the first
   * @returns the interval for the encoder, ms
   */
  next(elapsedMs: number): number {
    const difference = Math.min(elapsedMs, 2 * this.#intervalMs) - this.#intervalMs;
    this.#intervalMs += difference * (difference < 0 ? DECREASE_WEIGHT : INCREASE_WEIGHT);
    return this.#intervalMs;
  }
}
