import type { QualityLevel } from "../../src/encode/frame.ts";

/** An ideal connection: a constant round-trip time, and a transfer time proportional to the bytes. */
export interface LinkModel {
  /** Round-trip time, ms. */
  latencyMs: number;
  /** 125 is 1 Mbit/s. */
  bytesPerMs: number;
}

/** Measured size of a frame at each quality level (see LEVEL_JPEG_OPTIONS), bytes. */
export const LEVEL_BYTES: Readonly<Record<QualityLevel, number>> = { 0: 52_558, 1: 38_000, 2: 29_850 };

/** Interval between the source's frames, ms. */
export const FRAME_MS = 1000 / 60;

export function msFor(bytes: number, { latencyMs, bytesPerMs }: LinkModel): number {
  return latencyMs + bytes / bytesPerMs;
}

/** Reproducible noise between -1 and 1. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}
