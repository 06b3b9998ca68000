import { describe, expect, test } from "bun:test";
import { InFlightWindow } from "../../src/encode/in-flight-window.ts";
import { FRAME_MS, type LinkModel, noise } from "./simulated-link.ts";

const BYTES = 40_000;

/**
 * Pictures over a link that takes their bytes one after the other, counted and not waited for. Returns how many arrived, and
 * for how long a picture was on its way, ms, over the last half.
 */
function drive(link: LinkModel, ms: number, pace = new InFlightWindow()) {
  const jitter = noise(3);
  const sent: { at: number; arrives: number; alone: boolean }[] = [];
  const ages: number[] = [];
  let linkFreeAt = 0;
  let mayGoAt = 0;
  for (let now = 0; now < ms; now += 1) {
    for (let first = sent[0]; first !== undefined && first.arrives <= now; first = sent[0]) {
      sent.shift();
      pace.onAcknowledged({ ms: first.arrives - first.at, alone: first.alone, missing: true }, first.arrives);
      if (now > ms / 2) ages.push(first.arrives - first.at);
    }
    const after = pace.nextAfterMs;
    const last = sent.at(-1);
    const isReady = last === undefined || (sent.length < 2 && after !== null && now >= last.at + after);
    if (!isReady || now < mayGoAt) continue;
    mayGoAt = now + FRAME_MS;
    linkFreeAt = Math.max(linkFreeAt, now) + BYTES / link.bytesPerMs;
    const arrives = linkFreeAt + link.latencyMs * (1 + 0.1 * jitter());
    sent.push({ at: now, arrives, alone: sent.length === 0 });
  }
  const average = ages.reduce((sum, age) => sum + age, 0) / ages.length;
  return { perSecond: ages.length / (ms / 2000), average, pace };
}

describe("a second picture on the way", () => {
  test("is not there where one alone makes all frames", () => {
    const { pace, perSecond } = drive({ latencyMs: 5, bytesPerMs: 12_500 }, 20_000);
    expect(pace.nextAfterMs).toBeNull();
    expect(perSecond).toBeGreaterThan(55);
  });

  test("doubles the frames where the way is long, and makes none older", () => {
    const { pace, perSecond, average } = drive({ latencyMs: 60, bytesPerMs: 12_500 }, 20_000);
    expect(pace.nextAfterMs).not.toBeNull();
    expect(perSecond).toBeGreaterThan(28);
    expect(average).toBeLessThan(70);
  });

  test("is given up where it waits for the first, and tried again less and less often", () => {
    const pace = new InFlightWindow();
    const { average } = drive({ latencyMs: 10, bytesPerMs: 200 }, 120_000, pace);
    expect(average).toBeLessThan(1.1 * (10 + BYTES / 200));
    expect(pace.nextAfterMs).toBeNull();
  });

  test("is not tried where no frame waits for it", () => {
    const pace = new InFlightWindow();
    for (let now = 0; now < 60_000; now += 100)
      pace.onAcknowledged({ ms: 60, alone: true, missing: false }, now);
    expect(pace.nextAfterMs).toBeNull();
  });

  test("goes when the connection has become quick", () => {
    const pace = new InFlightWindow();
    drive({ latencyMs: 60, bytesPerMs: 12_500 }, 5_000, pace);
    expect(pace.nextAfterMs).not.toBeNull();
    for (let count = 0; count < 50; count++)
      pace.onAcknowledged({ ms: 4, alone: true, missing: false }, 5_000 + count);
    expect(pace.nextAfterMs).toBeNull();
  });
});
