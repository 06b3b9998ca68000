import type { FrameInfo, QualityLevel } from "./frame.ts";

/** One frame of a VP8 stream. */
export interface EncodedVideoFrame extends FrameInfo {
  readonly bytes: Uint8Array;
  /** Whether it needs no other; else it is a difference to the one that was delivered before. */
  readonly keyframe: boolean;
  /** Whose stream it is of: 0 has the most bits. */
  readonly level: QualityLevel;
  /** Whether it shows the picture of the one before in better quality, because the view rests. */
  readonly still: boolean;
}

/** What a viewer's connection takes; asked each time when there is something for it. */
export interface VideoConstraints {
  /** bit/s */
  readonly bitrate: number;
}

/** Sends a frame; the next one follows when the promise settles (immediately if there is none). After a failure the viewer gets no more frames. */
export type SendVideoFrame = (frame: EncodedVideoFrame) => void | Promise<void>;

/** One viewer's place in a video broadcast. */
export interface VideoSubscription {
  /** Frames handed over, those of a view at rest too. */
  readonly delivered: number;
  /** Pictures that came and went while this viewer was busy, or waited for a keyframe; none that showed nothing new. */
  readonly skipped: number;
  /** Pictures that have come since the last one that was handed over, in the same way. */
  readonly missing: number;
  /** The viewer can not decode what it has: a keyframe comes for it, soon, and less soon the more often it asks. */
  requestKeyframe(): void;
  /** Ends it; a frame that is on its way still arrives. Idempotent. */
  close(): void;
}

/** Bits per second that the stream of each tier may have. */
export const LAYER_BITRATES: Readonly<Record<QualityLevel, { min: number; max: number }>> = {
  0: { min: 4_000_000, max: 20_000_000 },
  1: { min: 1_200_000, max: 4_000_000 },
  2: { min: 300_000, max: 1_200_000 },
};

/** A viewer changes its tier when its bitrate is so far beyond the border: each change costs a keyframe. */
const HYSTERESIS = 0.15;

/** The tier that a bitrate falls into; `now`: the one it is in, which it leaves only when it is well out of it. */
export function layerFor(bitrate: number, now: QualityLevel | null): QualityLevel {
  if (now !== null) {
    const { min: least, max: most } = LAYER_BITRATES[now];
    const aboveLeast = now === 2 || bitrate >= least * (1 - HYSTERESIS);
    const belowMost = now === 0 || bitrate <= most * (1 + HYSTERESIS);
    if (aboveLeast && belowMost) return now;
  }
  if (bitrate >= LAYER_BITRATES[0].min) return 0;
  return bitrate >= LAYER_BITRATES[1].min ? 1 : 2;
}
