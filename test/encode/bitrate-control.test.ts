import { describe, expect, test } from "bun:test";
import { BitrateControl } from "../../src/encode/bitrate-control.ts";
import { type LinkModel, noise } from "./simulated-link.ts";

const FRAME_MS = 1000 / 30;

/** An ideal link: a constant round-trip time, and a bottleneck at which frames queue. */
class Link {
  #freeAt = 0;

  constructor(readonly model: LinkModel) {}

  /** Sends a frame; returns the time of its acknowledgement. */
  send(bytes: number, now: number): number {
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.model.bytesPerMs;
    return this.#freeAt + this.model.latencyMs;
  }
}

/** Simulates a stream at the controller's bitrate that pauses while the oldest frame is late. Returns the longest delay of its second half, ms. */
function run(
  control: BitrateControl,
  link: Link,
  seconds: number,
  options: { from?: number; jitterMs?: number } = {},
) {
  const { from = 0, jitterMs = 0 } = options;
  const random = noise(7);
  const inFlight: { bytes: number; at: number; done: number }[] = [];
  const delays: number[] = [];
  for (let now = from; now < from + seconds * 1000; now += FRAME_MS) {
    while ((inFlight[0]?.done ?? Number.POSITIVE_INFINITY) <= now) {
      const { bytes, at, done } = inFlight.shift() ?? { bytes: 0, at: 0, done: 0 };
      if (now > from + seconds * 500) delays.push(done - at);
      control.onDelivered({ bytes, ms: done - at }, done);
    }
    const [oldest] = inFlight;
    if (oldest !== undefined && now - oldest.at > (control.lateAfterMs(oldest.bytes) ?? 0)) continue;
    const bytes = ((control.bitrate / 8000) * FRAME_MS * (4 + random())) / 4;
    const done = link.send(bytes, now) + jitterMs * Math.abs(random());
    inFlight.push({ bytes, at: now, done });
  }
  return { maxDelayMs: Math.max(...delays) };
}

describe("the bitrate controller", () => {
  for (const [megabits, latencyMs] of [
    [0.6, 40],
    [2, 20],
    [3, 150],
    [10, 5],
  ] as const) {
    test(`the bitrate of a link of ${megabits} Mbit/s and ${latencyMs} ms is found within a minute, and kept`, () => {
      const control = new BitrateControl();
      const link = new Link({ latencyMs, bytesPerMs: megabits * 125 });
      run(control, link, 60);
      const { maxDelayMs } = run(control, link, 60, { from: 60_000 });
      expect(control.bitrate).toBeGreaterThan(megabits * 1e6 * 0.4);
      expect(control.bitrate).toBeLessThan(megabits * 1e6 * 1.2);
      // The round trip, the transfer of a frame, and queueing.
      expect(maxDelayMs).toBeLessThan(latencyMs + 600);
    });
  }

  test("the bitrate of a fast link grows to the maximum, also with jitter", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 2, bytesPerMs: 1e5 }), 60, { jitterMs: 30 });
    expect(control.bitrate).toBe(20_000_000);
  });

  test("a drop of the bandwidth is followed within seconds, and its return is found", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 10, bytesPerMs: 1e5 }), 20);
    run(control, new Link({ latencyMs: 10, bytesPerMs: 100 }), 6, { from: 20_000 });
    expect(control.bitrate).toBeLessThan(1_300_000);
    run(control, new Link({ latencyMs: 10, bytesPerMs: 1e5 }), 120, { from: 26_000 });
    expect(control.bitrate).toBeGreaterThan(8_000_000);
  });

  test("the bitrate is never below the lowest layer's minimum", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 10, bytesPerMs: 5 }), 60);
    expect(control.bitrate).toBe(300_000);
  });

  test("single late frames do not lower the bitrate", () => {
    const control = new BitrateControl();
    for (let frame = 0; frame < 300; frame++) {
      control.onDelivered({ bytes: 10_000, ms: frame % 5 === 0 ? 400 : 10 }, frame * FRAME_MS);
    }
    expect(control.bitrate).toBeGreaterThanOrEqual(8_000_000);
  });

  test("the round-trip time is unknown before the first acknowledgement", () => {
    const control = new BitrateControl();
    expect([control.rttMs, control.lateAfterMs(1000)]).toEqual([null, null]);
    control.onDelivered({ bytes: 1000, ms: 20 }, 0);
    expect(control.rttMs).toBe(20);
    expect(control.lateAfterMs(1000)).toBeCloseTo(20 + 1 + 50, 5);
  });
});
