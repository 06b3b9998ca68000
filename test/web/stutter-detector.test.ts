import { describe, expect, test } from "bun:test";
import { StutterDetector } from "../../src/web/view/webrtc-stream.ts";

/** Time of the first detected stutter, s, with two samples per second; null if there is none. */
function secondsUntilDetection(seconds: number, counts: (second: number) => { sent: number; shown: number }) {
  const detector = new StutterDetector();
  for (let second = 0; second <= seconds; second += 0.5) {
    if (detector.sample({ at: second * 1000, ...counts(second) })) return second;
  }
  return null;
}

describe("the stutter detector", () => {
  test("a video stutters when fewer than half of its frames are shown for 5 s", () => {
    expect(secondsUntilDetection(60, (second) => ({ sent: 30 * second, shown: 14 * second }))).toBe(5);
  });

  test("a video that shows more than half, or freezes once for 2 s, does not stutter", () => {
    expect(secondsUntilDetection(60, (second) => ({ sent: 30 * second, shown: 16 * second }))).toBeNull();
    const outage = (second: number) => second - Math.min(2, Math.max(0, second - 10));
    expect(
      secondsUntilDetection(60, (second) => ({ sent: 30 * second, shown: 30 * outage(second) })),
    ).toBeNull();
  });

  test("a still view and a source below 10 frames per second do not stutter", () => {
    expect(secondsUntilDetection(60, () => ({ sent: 300, shown: 100 }))).toBeNull();
    expect(secondsUntilDetection(60, (second) => ({ sent: 9 * second, shown: 0 }))).toBeNull();
  });

  test("a stutter that begins after a minute is detected within 3 s", () => {
    const detectedAt = secondsUntilDetection(90, (second) => ({
      sent: 30 * second,
      shown: 30 * Math.min(60, second),
    }));
    expect(detectedAt).toBe(63);
  });

  test("samples before a pause of the page's timers are discarded", () => {
    const detector = new StutterDetector();
    expect(detector.sample({ at: 0, sent: 0, shown: 0 })).toBe(false);
    expect(detector.sample({ at: 6_000, sent: 180, shown: 0 })).toBe(false);
    for (let at = 6_500; at < 11_000; at += 500) {
      expect(detector.sample({ at, sent: 180 + (at - 6_000) / 20, shown: 0 })).toBe(false);
    }
    expect(detector.sample({ at: 11_000, sent: 430, shown: 0 })).toBe(true);
  });
});
