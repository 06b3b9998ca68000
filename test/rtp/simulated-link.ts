import type { Arrival, CongestionControl } from "../../src/rtp/congestion-control.ts";
import { Pacer } from "../../src/rtp/pacer.ts";
import { randomNumbers } from "../support/random.ts";

export interface LinkOptions {
  /** Bits per second, by ms since the start. */
  capacity: (atMs: number) => number;
  /** One way, ms. Default 20. */
  delayMs?: number;
  /** What the queue before the narrow place holds, ms of it. Default 300. */
  queueMs?: number;
  /** Packets lost by chance, 0 to 1. Default 0. */
  loss?: number;
  /** Arrivals are up to so much later by chance, ms. Default 1. */
  jitterMs?: number;
  /** Whether there is a picture to be sent. Default always. */
  moves?: (atMs: number) => boolean;
  /** Whether frames are all of one size, and none is a keyframe. Default false: they are what an encoder makes. */
  even?: boolean;
  /** What the encoder makes at most, bits per second. Default no limit. */
  mostUsed?: number;
  /** Bytes of a frame that is as coarse as it may be. Default 0. */
  leastFrame?: number;
  /** Offset by which the peer's clock has been set since the start, ms. Default 0. */
  clockStepMs?: (atMs: number) => number;
}

/** What was so at one moment of a run. */
export interface Moment {
  atMs: number;
  bitrate: number;
  /** How long what is sent now waits before the narrow place. */
  queueMs: number;
}

const FRAME_MS = 1000 / 30;
/** Others join, packets are lost. */
const KEYFRAME_EVERY = 120;
const REPORT_MS = 50;
const PACKET_BYTES = 1200;
/** As VideoSender's. */
const MOST_AHEAD_MS = 300;
/** The peer's clock is another one. */
const OTHER_CLOCK_MS = 123_456.75;

/**
 * A sender of 30 frames a second, as large as its control says and paced as ours are, a link, and a peer that tells of
 * arrivals every 50 ms: all made up, in steps of a millisecond, the same each time.
 */
export function run(control: CongestionControl, forMs: number, options: LinkOptions): Moment[] {
  const { capacity, delayMs = 20, queueMs = 300, loss = 0, jitterMs = 1, clockStepMs = () => 0 } = options;
  const random = randomNumbers(7);
  const pacer = new Pacer(0);
  const moments: Moment[] = [];
  let waiting = 0;
  let frames = 0;
  let nextFrame = 0;
  let freeAtMs = 0;
  let told: { arrival: Arrival; knownAtMs: number }[] = [];
  for (let atMs = 0; atMs < forMs; atMs++) {
    if (atMs >= nextFrame) {
      nextFrame += FRAME_MS;
      if (options.moves?.(atMs) ?? true) {
        const bitrate = Math.min(control.bitrate, options.mostUsed ?? Number.POSITIVE_INFINITY);
        // No further frame is taken while one still leaves.
        const isKeyframe = !options.even && frames % KEYFRAME_EVERY === 0;
        const size = options.even ? 1 : isKeyframe ? 4 : 0.5 + random();
        if (waiting === 0 && pacer.aheadMs(control, atMs) < MOST_AHEAD_MS) {
          waiting = Math.max(options.leastFrame ?? 0, (size * bitrate * FRAME_MS) / 8000);
        }
        frames++;
      }
    }
    while (waiting > 0) {
      const bytes = Math.min(PACKET_BYTES, Math.max(100, waiting));
      if (pacer.take(bytes, control, atMs) > 0) break;
      waiting = Math.max(0, waiting - bytes);
      const queued = Math.max(0, freeAtMs - atMs);
      const isLost = queued > queueMs || random() < loss;
      if (!isLost) freeAtMs = Math.max(freeAtMs, atMs) + (8000 * bytes) / capacity(atMs);
      const cameMs = freeAtMs + delayMs + random() * jitterMs;
      const arrival = {
        ...{ sentAtMs: atMs, bytes },
        atMs: isLost ? null : Math.round((cameMs + OTHER_CLOCK_MS + clockStepMs(atMs)) * 4) / 4,
      };
      told.push({ arrival, knownAtMs: (isLost ? atMs + queued + delayMs : cameMs) + delayMs });
    }
    if (atMs % REPORT_MS === 0) {
      const known = told.filter(({ knownAtMs }) => knownAtMs <= atMs);
      told = told.filter(({ knownAtMs }) => knownAtMs > atMs);
      if (known.length > 0)
        control.arrived(
          known.map(({ arrival }) => arrival),
          atMs,
        );
    }
    moments.push({ atMs, bitrate: control.bitrate, queueMs: Math.max(0, freeAtMs - atMs) });
  }
  return moments;
}

/** Of a part of a run. */
export function mean(
  moments: readonly Moment[],
  of: "bitrate" | "queueMs",
  fromMs: number,
  toMs: number,
): number {
  const part = moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return part.reduce((sum, moment) => sum + moment[of], 0) / part.length;
}

export function most(
  moments: readonly Moment[],
  of: "bitrate" | "queueMs",
  fromMs: number,
  toMs: number,
): number {
  const part = moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return Math.max(...part.map((moment) => moment[of]));
}

/** What the queue was shorter than in 95 of 100 moments, ms. */
export function longQueue(moments: readonly Moment[], fromMs: number, toMs: number): number {
  const part = moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ queueMs }) => queueMs);
  return part.toSorted((a, b) => a - b)[Math.floor(0.95 * part.length)] ?? Number.NaN;
}
