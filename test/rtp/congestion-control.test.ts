import { describe, expect, test } from "bun:test";
import { CongestionControl, LEAST_BITRATE, MOST_BITRATE } from "../../src/rtp/congestion-control.ts";
import { longQueue, mean, most, run } from "./simulated-link.ts";

const M = 1_000_000;

/** What a router's queue holds, ms of its link. */
const QUEUE_MS = 150;

describe("the rate of a link", () => {
  for (const capacity of [0.5, 1, 2, 4, 8, 16]) {
    test(`of ${capacity} Mbit/s is found within 10 s, and then used to 85 %, with little waiting before it`, () => {
      const moments = run(new CongestionControl(), 40_000, {
        capacity: () => capacity * M,
        queueMs: QUEUE_MS,
      });
      const found = mean(moments, "bitrate", 10_000, 40_000);
      expect(found).toBeGreaterThan(0.85 * capacity * M);
      expect(found).toBeLessThan(1.02 * capacity * M);
      expect(longQueue(moments, 10_000, 40_000)).toBeLessThan(100);
    });
  }

  test("of which the coarsest pictures already take more is used, with fewer pictures and not with a full queue", () => {
    const moments = run(new CongestionControl(), 40_000, {
      capacity: () => 0.5 * M,
      queueMs: QUEUE_MS,
      leastFrame: 2_300,
    });
    expect(mean(moments, "bitrate", 10_000, 40_000)).toBeGreaterThan(0.85 * 0.5 * M);
    expect(longQueue(moments, 10_000, 40_000)).toBeLessThan(100);
  });

  test("is all but used where all frames have one size", () => {
    const moments = run(new CongestionControl(), 40_000, { capacity: () => 4 * M, even: true });
    expect(mean(moments, "bitrate", 20_000, 40_000)).toBeGreaterThan(0.85 * 4 * M);
  });

  test("that carries all that there may be is used to the full within 10 s, and never left", () => {
    const moments = run(new CongestionControl(), 20_000, { capacity: () => 1000 * M, delayMs: 0 });
    expect(mean(moments, "bitrate", 10_000, 20_000)).toBe(MOST_BITRATE);
  });

  test("that carries less than there may be has the least", () => {
    const moments = run(new CongestionControl(), 20_000, { capacity: () => LEAST_BITRATE / 2 });
    expect(moments.at(-1)?.bitrate).toBe(LEAST_BITRATE);
  });

  test("that falls to a quarter is followed within 1 s, its queue emptied, and found again within 10 s of its return", () => {
    const moments = run(new CongestionControl(), 45_000, {
      capacity: (atMs) => (atMs > 15_000 && atMs < 30_000 ? 1 : 4) * M,
      queueMs: 4 * QUEUE_MS,
    });
    expect(most(moments, "bitrate", 16_000, 17_000)).toBeLessThan(1.05 * M);
    expect(longQueue(moments, 18_000, 30_000)).toBeLessThan(100);
    expect(mean(moments, "bitrate", 20_000, 30_000)).toBeGreaterThan(0.85 * M);
    expect(mean(moments, "bitrate", 40_000, 45_000)).toBeGreaterThan(0.85 * 4 * M);
  });

  test("that falls to a quarter is followed also after a step of the peer's clock", () => {
    for (const stepMs of [-3_600_000, 3_600_000]) {
      const moments = run(new CongestionControl(), 30_000, {
        capacity: (atMs) => (atMs > 15_000 ? 1 : 4) * M,
        queueMs: 4 * QUEUE_MS,
        clockStepMs: (atMs) => (atMs > 10_000 ? stepMs : 0),
      });
      expect(mean(moments, "bitrate", 12_000, 15_000)).toBeGreaterThan(0.6 * 4 * M);
      expect(most(moments, "bitrate", 16_000, 17_000)).toBeLessThan(1.05 * M);
      expect(mean(moments, "bitrate", 20_000, 30_000)).toBeGreaterThan(0.85 * M);
    }
  });

  test("is found on a long way, and where arrivals scatter", () => {
    for (const link of [{ delayMs: 100 }, { jitterMs: 20 }]) {
      const moments = run(new CongestionControl(), 40_000, { capacity: () => 4 * M, ...link });
      expect(mean(moments, "bitrate", 15_000, 40_000)).toBeGreaterThan(0.8 * 4 * M);
      expect(mean(moments, "queueMs", 15_000, 40_000)).toBeLessThan(50);
    }
  });
});

describe("loss", () => {
  test("of a fiftieth by chance takes nothing from a narrow link", () => {
    const moments = run(new CongestionControl(), 30_000, {
      capacity: () => 4 * M,
      queueMs: QUEUE_MS,
      loss: 0.02,
    });
    expect(mean(moments, "bitrate", 10_000, 30_000)).toBeGreaterThan(0.85 * 4 * M);
  });

  test("of a fiftieth by chance takes nothing from a wide one", () => {
    const moments = run(new CongestionControl(), 30_000, { capacity: () => 100 * M, loss: 0.02 });
    expect(mean(moments, "bitrate", 20_000, 30_000)).toBeGreaterThan(15 * M);
  });

  test("in a queue too short for any delay brings the rate down to what the link carries", () => {
    const moments = run(new CongestionControl(), 30_000, { capacity: () => 2 * M, queueMs: 40 });
    expect(mean(moments, "bitrate", 15_000, 30_000)).toBeLessThan(2.3 * M);
  });

  test("of half is answered at once, also by peers that only report it", () => {
    const control = new CongestionControl();
    const before = control.bitrate;
    control.reported(0.5, 1_000);
    expect(control.bitrate).toBeLessThan(0.8 * before);
    expect(control.loss).toBe(0.5);
  });

  test("that is none lets the rate of peers that only report it grow", () => {
    const control = new CongestionControl();
    const before = control.bitrate;
    for (let atMs = 0; atMs <= 20_000; atMs += 1_000) control.reported(0, atMs);
    expect(control.bitrate).toBeGreaterThan(2 * before);
  });
});

test("a peer from whom nothing is heard has less and less, until it is heard again", () => {
  const control = new CongestionControl();
  const before = control.bitrate;
  control.silent(100, 1_000);
  expect(control.bitrate).toBe(before);
  for (let ms = 0; ms < 5_000; ms += 100) control.silent(800 + ms, 2_000 + ms);
  expect(control.bitrate).toBe(LEAST_BITRATE);
});

describe("a view that sends little", () => {
  test("or rests says nothing of the link: the rate stays", () => {
    const rests = run(new CongestionControl(), 12_000, {
      capacity: () => 5 * M,
      moves: (atMs) => atMs < 5_000,
    });
    const atRest = rests.filter(({ atMs }) => atMs > 6_000).map(({ bitrate }) => bitrate);
    expect(Math.min(...atRest)).toBe(Math.max(...atRest));
    const little = run(new CongestionControl(), 20_000, { capacity: () => 100 * M, mostUsed: M });
    expect(Math.min(...little.map(({ bitrate }) => bitrate))).toBe(little[0]?.bitrate ?? 0);
  });
});
