import { describe, expect, test } from "bun:test";
import { BitrateControl } from "../../src/encode/bitrate-control.ts";
import { type LinkModel, noise } from "./simulated-link.ts";

const FRAME_MS = 1000 / 30;

/** A link by the book: the way there and back, and frames that wait for those before them in front of a narrow place. */
class Link {
  #freeAt = 0;

  constructor(readonly model: LinkModel) {}

  /** When a frame that is sent now is acknowledged. */
  send(bytes: number, now: number): number {
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.model.bytesPerMs;
    return this.#freeAt + this.model.latencyMs;
  }
}

/** Sends a stream of the control's own bitrate for so long, and only while nothing is late; how old frames were in its second half. */
function run(
  control: BitrateControl,
  link: Link,
  seconds: number,
  options: { from?: number; jitterMs?: number } = {},
) {
  const { from = 0, jitterMs = 0 } = options;
  const random = noise(7);
  const onTheWay: { bytes: number; at: number; done: number }[] = [];
  const ages: number[] = [];
  for (let now = from; now < from + seconds * 1000; now += FRAME_MS) {
    while ((onTheWay[0]?.done ?? Number.POSITIVE_INFINITY) <= now) {
      const { bytes, at, done } = onTheWay.shift() ?? { bytes: 0, at: 0, done: 0 };
      if (now > from + seconds * 500) ages.push(done - at);
      control.onDelivered({ bytes, ms: done - at }, done);
    }
    const [oldest] = onTheWay;
    if (oldest !== undefined && now - oldest.at > (control.allowedMs(oldest.bytes) ?? 0)) continue;
    const bytes = ((control.bitrate / 8000) * FRAME_MS * (4 + random())) / 4;
    const done = link.send(bytes, now) + jitterMs * Math.abs(random());
    onTheWay.push({ bytes, at: now, done });
  }
  return { oldestMs: Math.max(...ages) };
}

describe("the bitrate of a connection", () => {
  for (const [megabits, latencyMs] of [
    [0.6, 40],
    [2, 20],
    [3, 150],
    [10, 5],
  ] as const) {
    test(`of ${megabits} Mbit/s and ${latencyMs} ms is found within a minute, and kept`, () => {
      const control = new BitrateControl();
      const link = new Link({ latencyMs, bytesPerMs: megabits * 125 });
      run(control, link, 60);
      const { oldestMs } = run(control, link, 60, { from: 60_000 });
      expect(control.bitrate).toBeGreaterThan(megabits * 1e6 * 0.4);
      expect(control.bitrate).toBeLessThan(megabits * 1e6 * 1.2);
      // A frame's share of the link, the way, and what may wait.
      expect(oldestMs).toBeLessThan(latencyMs + 600);
    });
  }

  test("of a wire grows to what the best tier has, also with jitter", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 2, bytesPerMs: 1e5 }), 60, { jitterMs: 30 });
    expect(control.bitrate).toBe(20_000_000);
  });

  test("that becomes narrow is followed within seconds, and what comes back is found again", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 10, bytesPerMs: 1e5 }), 20);
    run(control, new Link({ latencyMs: 10, bytesPerMs: 100 }), 6, { from: 20_000 });
    expect(control.bitrate).toBeLessThan(1_300_000);
    run(control, new Link({ latencyMs: 10, bytesPerMs: 1e5 }), 120, { from: 26_000 });
    expect(control.bitrate).toBeGreaterThan(8_000_000);
  });

  test("is never less than the least tier has, however narrow it is", () => {
    const control = new BitrateControl();
    run(control, new Link({ latencyMs: 10, bytesPerMs: 5 }), 60);
    expect(control.bitrate).toBe(300_000);
  });

  test("is not lessened by single frames that are late", () => {
    const control = new BitrateControl();
    for (let frame = 0; frame < 300; frame++) {
      control.onDelivered({ bytes: 10_000, ms: frame % 5 === 0 ? 400 : 10 }, frame * FRAME_MS);
    }
    expect(control.bitrate).toBeGreaterThanOrEqual(8_000_000);
  });

  test("says nothing of the way before the first frame has come back", () => {
    const control = new BitrateControl();
    expect([control.rttMs, control.allowedMs(1000)]).toEqual([null, null]);
    control.onDelivered({ bytes: 1000, ms: 20 }, 0);
    expect(control.rttMs).toBe(20);
    expect(control.allowedMs(1000)).toBeCloseTo(20 + 1 + 50, 5);
  });
});
