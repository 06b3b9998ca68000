import type { QualityLevel } from "../../src/encode/frame.ts";

/** What a connection does with a picture, by the book: the way there and back, and the time of the bytes. */
export interface LinkModel {
  /** There and back, ms. */
  latencyMs: number;
  /** 125 is 1 Mbit/s. */
  bytesPerMs: number;
}

/** Bytes of a picture in each tier, as measured (see TIER_JPEG). */
export const TIER_BYTES: Readonly<Record<QualityLevel, number>> = { 0: 52_558, 1: 38_000, 2: 29_850 };

/** A source's time from frame to frame, ms. */
export const FRAME_MS = 1000 / 60;

export function msFor(bytes: number, { latencyMs, bytesPerMs }: LinkModel): number {
  return latencyMs + bytes / bytesPerMs;
}

/** Repeatable noise between -1 and 1. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}
