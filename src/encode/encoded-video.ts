import type { VideoCodec } from "../protocol/frame-header.ts";
import type { FrameInfo, QualityLevel } from "./frame.ts";
import type { Subscription } from "./frame-fanout.ts";

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
