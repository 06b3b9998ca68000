import type { FrameInfo, Tier } from "./frame.ts";

/** One frame of a VP8 stream. */
export interface EncodedVideo extends FrameInfo {
  readonly bytes: Uint8Array;
  /** Whether it needs no other; else it is a difference to the one that was delivered before. */
  readonly keyframe: boolean;
  /** Whose stream it is of: 0 has the most bits. */
  readonly tier: Tier;
  /** Whether it shows the picture of the one before in better quality, because the view rests. */
  readonly still: boolean;
}

/** What a viewer's connection takes; asked each time when there is something for it. */
export interface VideoWishes {
  /** bit/s */
  readonly bitrate: number;
}

/** Sends a frame; the next one follows when the promise settles (immediately if there is none). After a failure the viewer gets no more frames. */
export type DeliverVideo = (frame: EncodedVideo) => void | Promise<void>;

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
export const TIER_BITRATE: Readonly<Record<Tier, { least: number; most: number }>> = {
  0: { least: 4_000_000, most: 20_000_000 },
  1: { least: 1_200_000, most: 4_000_000 },
  2: { least: 300_000, most: 1_200_000 },
};

/** A viewer changes its tier when its bitrate is so far beyond the border: each change costs a keyframe. */
const HYSTERESIS = 0.15;

/** The tier that a bitrate falls into; `now`: the one it is in, which it leaves only when it is well out of it. */
export function tierOf(bitrate: number, now: Tier | null): Tier {
  if (now !== null) {
    const { least, most } = TIER_BITRATE[now];
    const aboveLeast = now === 2 || bitrate >= least * (1 - HYSTERESIS);
    const belowMost = now === 0 || bitrate <= most * (1 + HYSTERESIS);
    if (aboveLeast && belowMost) return now;
  }
  if (bitrate >= TIER_BITRATE[0].least) return 0;
  return bitrate >= TIER_BITRATE[1].least ? 1 : 2;
}
