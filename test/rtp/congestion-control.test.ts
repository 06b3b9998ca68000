import { describe, expect, test } from "bun:test";
import { CongestionControl, MAX_BITRATE, MIN_BITRATE } from "../../src/rtp/congestion-control.ts";
import { type LinkOptions, maximum, mean, queueP95, simulate } from "./simulated-link.ts";

const M = 1_000_000;
/** Queue of a typical router, as time at the link's capacity, ms. */
const MAX_QUEUE_MS = 150;

const run = (durationMs: number, options: LinkOptions) =>
  simulate(new CongestionControl(), durationMs, options);

describe("the target bitrate", () => {
  test.each([0.5, 1, 2, 4, 8, 16])(
    "the target bitrate reaches 85 %% of a link of %d Mbit/s within 10 s, with little queueing delay",
    (capacity) => {
      const samples = run(40_000, { capacity: () => capacity * M, maxQueueMs: MAX_QUEUE_MS });
      const bitrate = mean(samples, "bitrate", 10_000, 40_000);
      expect(bitrate).toBeGreaterThan(0.85 * capacity * M);
      expect(bitrate).toBeLessThan(1.02 * capacity * M);
      expect(queueP95(samples, 10_000, 40_000)).toBeLessThan(100);
    },
  );

  test("the target bitrate uses a link that is too narrow for the coarsest frames, with fewer frames instead of a full queue", () => {
    const samples = run(40_000, {
      capacity: () => 0.5 * M,
      maxQueueMs: MAX_QUEUE_MS,
      minFrameBytes: 2_300,
    });
    expect(mean(samples, "bitrate", 10_000, 40_000)).toBeGreaterThan(0.85 * 0.5 * M);
    expect(queueP95(samples, 10_000, 40_000)).toBeLessThan(100);
  });

  test("the target bitrate reaches 85 % of the capacity if all frames have the same size", () => {
    const samples = run(40_000, { capacity: () => 4 * M, hasEqualFrames: true });
    expect(mean(samples, "bitrate", 20_000, 40_000)).toBeGreaterThan(0.85 * 4 * M);
  });

  test("the target bitrate reaches its maximum within 10 s on a fast link, and stays there", () => {
    const samples = run(20_000, { capacity: () => 1000 * M, delayMs: 0 });
    expect(mean(samples, "bitrate", 10_000, 20_000)).toBe(MAX_BITRATE);
  });

  test("the target bitrate falls to its minimum on a link that carries less", () => {
    const samples = run(20_000, { capacity: () => MIN_BITRATE / 2 });
    expect(samples.at(-1)?.bitrate).toBe(MIN_BITRATE);
  });

  test("the target bitrate follows a capacity that falls to a quarter within 1 s, drains the queue, and recovers within 10 s", () => {
    const samples = run(45_000, {
      capacity: (atMs) => (atMs > 15_000 && atMs < 30_000 ? 1 : 4) * M,
      maxQueueMs: 4 * MAX_QUEUE_MS,
    });
    expect(maximum(samples, "bitrate", 16_000, 17_000)).toBeLessThan(1.05 * M);
    expect(queueP95(samples, 18_000, 30_000)).toBeLessThan(100);
    expect(mean(samples, "bitrate", 20_000, 30_000)).toBeGreaterThan(0.85 * M);
    expect(mean(samples, "bitrate", 40_000, 45_000)).toBeGreaterThan(0.85 * 4 * M);
  });

  test.each([-3_600_000, 3_600_000])(
    "the target bitrate follows a capacity that falls to a quarter after the peer's clock was set by %d ms",
    (stepMs) => {
      const samples = run(30_000, {
        capacity: (atMs) => (atMs > 15_000 ? 1 : 4) * M,
        maxQueueMs: 4 * MAX_QUEUE_MS,
        clockStepMs: (atMs) => (atMs > 10_000 ? stepMs : 0),
      });
      expect(mean(samples, "bitrate", 12_000, 15_000)).toBeGreaterThan(0.6 * 4 * M);
      expect(maximum(samples, "bitrate", 16_000, 17_000)).toBeLessThan(1.05 * M);
      expect(mean(samples, "bitrate", 20_000, 30_000)).toBeGreaterThan(0.85 * M);
    },
  );

  test.each([{ delayMs: 100 }, { jitterMs: 20 }])(
    "the target bitrate reaches 80 %% of the capacity with %o",
    (link) => {
      const samples = run(40_000, { capacity: () => 4 * M, ...link });
      expect(mean(samples, "bitrate", 15_000, 40_000)).toBeGreaterThan(0.8 * 4 * M);
      expect(mean(samples, "queueMs", 15_000, 40_000)).toBeLessThan(50);
    },
  );

  test("the target bitrate is not reduced by 2 % random loss", () => {
    const narrow = run(30_000, { capacity: () => 4 * M, maxQueueMs: MAX_QUEUE_MS, loss: 0.02 });
    expect(mean(narrow, "bitrate", 10_000, 30_000)).toBeGreaterThan(0.85 * 4 * M);
    const wide = run(30_000, { capacity: () => 100 * M, loss: 0.02 });
    expect(mean(wide, "bitrate", 20_000, 30_000)).toBeGreaterThan(15 * M);
  });

  test("the target bitrate falls to the capacity if a short queue overflows before the delay rises", () => {
    const samples = run(30_000, { capacity: () => 2 * M, maxQueueMs: 40 });
    expect(mean(samples, "bitrate", 15_000, 30_000)).toBeLessThan(2.3 * M);
  });

  test("the target bitrate falls immediately when a receiver report shows 50 % loss", () => {
    const control = new CongestionControl();
    const before = control.bitrate;
    control.onReceiverReport(0.5, 1_000);
    expect(control.bitrate).toBeLessThan(0.8 * before);
    expect(control.loss).toBe(0.5);
  });

  test("the target bitrate grows while receiver reports show no loss", () => {
    const control = new CongestionControl();
    const before = control.bitrate;
    for (let atMs = 0; atMs <= 20_000; atMs += 1_000) control.onReceiverReport(0, atMs);
    expect(control.bitrate).toBeGreaterThan(2 * before);
  });

  test("the target bitrate falls to its minimum while there is no feedback", () => {
    const control = new CongestionControl();
    const before = control.bitrate;
    control.onFeedbackTimeout(100, 1_000);
    expect(control.bitrate).toBe(before);
    for (let ms = 0; ms < 5_000; ms += 100) control.onFeedbackTimeout(800 + ms, 2_000 + ms);
    expect(control.bitrate).toBe(MIN_BITRATE);
  });

  test("the target bitrate does not change while a still view sends nothing", () => {
    const samples = run(12_000, { capacity: () => 5 * M, isMoving: (atMs) => atMs < 5_000 });
    const still = samples.filter(({ atMs }) => atMs > 6_000).map(({ bitrate }) => bitrate);
    expect(Math.min(...still)).toBe(Math.max(...still));
  });

  test("the target bitrate does not fall below the start while the encoder uses little of it", () => {
    const samples = run(20_000, { capacity: () => 100 * M, maxEncoderBitrate: M });
    expect(Math.min(...samples.map(({ bitrate }) => bitrate))).toBe(samples[0]?.bitrate ?? 0);
  });
});
