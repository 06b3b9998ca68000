import type { CongestionControl, PacketArrival } from "../../src/rtp/congestion-control.ts";
import { Pacer } from "../../src/rtp/pacer.ts";
import { MAX_PACER_DEBT_MS } from "../../src/rtp/video-sender.ts";
import { randomNumbers } from "../support/random.ts";

export interface LinkOptions {
  /** Bits per second, by time since the start, ms. */
  capacity: (atMs: number) => number;
  /** One-way delay, ms. Default 20. */
  delayMs?: number;
  /** Size of the bottleneck's queue, as time at its capacity, ms. Default 300. */
  maxQueueMs?: number;
  /** Random packet loss, 0 to 1. Default 0. */
  loss?: number;
  /** Maximum random additional delay, ms. Default 1. */
  jitterMs?: number;
  /** Whether frames are sent at this time. Default always. */
  isMoving?: (atMs: number) => boolean;
  /** Whether all frames have the same size, and none is a keyframe. Default false: as from an encoder. */
  hasEqualFrames?: boolean;
  /** Maximum bitrate of the encoder, bits per second. Default unlimited. */
  maxEncoderBitrate?: number;
  /** Minimum number of bytes of a frame. Default 0. */
  minFrameBytes?: number;
  /** Step of the peer's clock since the start, ms. Default 0. */
  clockStepMs?: (atMs: number) => number;
}

/** State of a simulation at one time. */
export interface Sample {
  atMs: number;
  bitrate: number;
  /** Queueing delay before the bottleneck. */
  queueMs: number;
}

const FRAME_MS = 1000 / 30;
/** Keyframes are requested by new viewers, and after losses. */
const KEYFRAME_INTERVAL_FRAMES = 120;
const KEYFRAME_SIZE_FACTOR = 4;
const FEEDBACK_INTERVAL_MS = 50;
const PACKET_BYTES = 1200;
/** Resolution of the arrival times in TWCC feedback, ms. */
const ARRIVAL_RESOLUTION_MS = 0.25;
/** Offset of the peer's clock, ms. */
const PEER_CLOCK_OFFSET_MS = 123_456.75;

/**
 * Simulates a sender of 30 frames a second, with the bitrate of `control` and the pacing of VideoSender, a bottleneck, and a peer that
 * sends feedback every 50 ms, in steps of 1 ms. Deterministic.
 */
export function simulate(control: CongestionControl, durationMs: number, options: LinkOptions): Sample[] {
  const { capacity, delayMs = 20, maxQueueMs = 300, loss = 0, jitterMs = 1, clockStepMs = () => 0 } = options;
  const random = randomNumbers(7);
  const pacer = new Pacer(0);
  const samples: Sample[] = [];
  let unsentBytes = 0;
  let frames = 0;
  let nextFrameMs = 0;
  let bottleneckFreeMs = 0;
  let inFlight: { arrival: PacketArrival; reportedAtMs: number }[] = [];
  for (let atMs = 0; atMs < durationMs; atMs++) {
    if (atMs >= nextFrameMs) {
      nextFrameMs += FRAME_MS;
      if (options.isMoving?.(atMs) ?? true) {
        const bitrate = Math.min(control.bitrate, options.maxEncoderBitrate ?? Number.POSITIVE_INFINITY);
        const isKeyframe = !options.hasEqualFrames && frames % KEYFRAME_INTERVAL_FRAMES === 0;
        const size = options.hasEqualFrames ? 1 : isKeyframe ? KEYFRAME_SIZE_FACTOR : 0.5 + random();
        // As in VideoSender, a frame is skipped while another one is being sent, or the debt is too large.
        if (unsentBytes === 0 && pacer.debtMs(control, atMs) < MAX_PACER_DEBT_MS) {
          unsentBytes = Math.max(options.minFrameBytes ?? 0, (size * bitrate * FRAME_MS) / 8000);
        }
        frames++;
      }
    }
    while (unsentBytes > 0) {
      const bytes = Math.min(PACKET_BYTES, Math.max(100, unsentBytes));
      if (pacer.take(bytes, control, atMs) > 0) break;
      unsentBytes = Math.max(0, unsentBytes - bytes);
      const queueMs = Math.max(0, bottleneckFreeMs - atMs);
      const isLost = queueMs > maxQueueMs || random() < loss;
      if (!isLost) bottleneckFreeMs = Math.max(bottleneckFreeMs, atMs) + (8000 * bytes) / capacity(atMs);
      const arrivedMs = bottleneckFreeMs + delayMs + random() * jitterMs;
      const peerMs = arrivedMs + PEER_CLOCK_OFFSET_MS + clockStepMs(atMs);
      const arrivedAtMs = Math.round(peerMs / ARRIVAL_RESOLUTION_MS) * ARRIVAL_RESOLUTION_MS;
      inFlight.push({
        arrival: { sentAtMs: atMs, bytes, arrivedAtMs: isLost ? null : arrivedAtMs },
        reportedAtMs: (isLost ? atMs + queueMs + delayMs : arrivedMs) + delayMs,
      });
    }
    if (atMs % FEEDBACK_INTERVAL_MS === 0) {
      const reported = inFlight.filter(({ reportedAtMs }) => reportedAtMs <= atMs);
      inFlight = inFlight.filter(({ reportedAtMs }) => reportedAtMs > atMs);
      const arrivals = reported.map(({ arrival }) => arrival);
      if (arrivals.length > 0) control.onArrivals(arrivals, atMs);
    }
    samples.push({ atMs, bitrate: control.bitrate, queueMs: Math.max(0, bottleneckFreeMs - atMs) });
  }
  return samples;
}

/** The values of one property within a part of a simulation. */
function valuesOf(
  samples: readonly Sample[],
  property: "bitrate" | "queueMs",
  fromMs: number,
  toMs: number,
): number[] {
  const part = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return part.map((sample) => sample[property]);
}

export function mean(...part: Parameters<typeof valuesOf>): number {
  const values = valuesOf(...part);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function maximum(...part: Parameters<typeof valuesOf>): number {
  return Math.max(...valuesOf(...part));
}

/** 95th percentile of the queueing delay, ms. */
export function queueP95(samples: readonly Sample[], fromMs: number, toMs: number): number {
  const values = valuesOf(samples, "queueMs", fromMs, toMs).toSorted((a, b) => a - b);
  return values[Math.floor(0.95 * values.length)] ?? Number.NaN;
}
