import { describe, expect, test } from "bun:test";
import { InFlightWindow } from "../../src/encode/in-flight-window.ts";
import { FRAME_MS, type LinkModel, noise } from "./simulated-link.ts";

const BYTES = 40_000;

/**
 * Simulates frames over a link that transfers their bytes one after the other. Returns frames per second and the mean time in
 * flight, ms, over the last half.
 */
function simulateLink(link: LinkModel, ms: number, window = new InFlightWindow()) {
  const jitter = noise(3);
  const sent: { at: number; arrives: number; alone: boolean }[] = [];
  const ages: number[] = [];
  let linkFreeAt = 0;
  let nextSendAt = 0;
  for (let now = 0; now < ms; now += 1) {
    for (let first = sent[0]; first !== undefined && first.arrives <= now; first = sent[0]) {
      sent.shift();
      window.onAcknowledged(
        { ms: first.arrives - first.at, alone: first.alone, missing: true },
        first.arrives,
      );
      if (now > ms / 2) ages.push(first.arrives - first.at);
    }
    const after = window.nextAfterMs;
    const last = sent.at(-1);
    const isReady = last === undefined || (sent.length < 2 && after !== null && now >= last.at + after);
    if (!isReady || now < nextSendAt) continue;
    nextSendAt = now + FRAME_MS;
    linkFreeAt = Math.max(linkFreeAt, now) + BYTES / link.bytesPerMs;
    const arrives = linkFreeAt + link.latencyMs * (1 + 0.1 * jitter());
    sent.push({ at: now, arrives, alone: sent.length === 0 });
  }
  const average = ages.reduce((sum, age) => sum + age, 0) / ages.length;
  return { perSecond: ages.length / (ms / 2000), average, window };
}

describe("the in-flight window", () => {
  test("one frame is in flight where it reaches the full frame rate", () => {
    const { window, perSecond } = simulateLink({ latencyMs: 5, bytesPerMs: 12_500 }, 20_000);
    expect(window.nextAfterMs).toBeNull();
    expect(perSecond).toBeGreaterThan(55);
  });

  test("a second frame in flight doubles the frame rate on a long round trip, and delays none", () => {
    const { window, perSecond, average } = simulateLink({ latencyMs: 60, bytesPerMs: 12_500 }, 20_000);
    expect(window.nextAfterMs).not.toBeNull();
    expect(perSecond).toBeGreaterThan(28);
    expect(average).toBeLessThan(70);
  });

  test("a second frame that queues behind the first is abandoned, and tried again less and less often", () => {
    const window = new InFlightWindow();
    const { average } = simulateLink({ latencyMs: 10, bytesPerMs: 200 }, 120_000, window);
    expect(average).toBeLessThan(1.1 * (10 + BYTES / 200));
    expect(window.nextAfterMs).toBeNull();
  });

  test("a second frame is not tried while no newer frame waits", () => {
    const window = new InFlightWindow();
    for (let now = 0; now < 60_000; now += 100)
      window.onAcknowledged({ ms: 60, alone: true, missing: false }, now);
    expect(window.nextAfterMs).toBeNull();
  });

  test("the second frame is abandoned when the connection becomes fast", () => {
    const window = new InFlightWindow();
    simulateLink({ latencyMs: 60, bytesPerMs: 12_500 }, 5_000, window);
    expect(window.nextAfterMs).not.toBeNull();
    for (let count = 0; count < 50; count++)
      window.onAcknowledged({ ms: 4, alone: true, missing: false }, 5_000 + count);
    expect(window.nextAfterMs).toBeNull();
  });
});
