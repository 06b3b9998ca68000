import { describe, expect, test } from "bun:test";
import { StutterWatch } from "../../src/web/transports/stutter-watch.ts";

/** When a watch sampled twice a second first finds a stutter, s; null where it finds none. */
function foundAfter(seconds: number, counts: (second: number) => { sent: number; shown: number }) {
  const watch = new StutterWatch();
  for (let second = 0; second <= seconds; second += 0.5) {
    if (watch.sample({ at: second * 1000, ...counts(second) })) return second;
  }
  return null;
}

describe("a WebRTC video", () => {
  test("stutters when fewer than half of its frames were shown for 5 s", () => {
    expect(foundAfter(60, (second) => ({ sent: 30 * second, shown: 14 * second }))).toBe(5);
  });

  test("does not stutter when it shows more than half, or stands still for 2 s once", () => {
    expect(foundAfter(60, (second) => ({ sent: 30 * second, shown: 16 * second }))).toBeNull();
    const outage = (second: number) => second - Math.min(2, Math.max(0, second - 10));
    expect(foundAfter(60, (second) => ({ sent: 30 * second, shown: 30 * outage(second) }))).toBeNull();
  });

  test("does not stutter at rest or where the source makes few frames", () => {
    expect(foundAfter(60, () => ({ sent: 300, shown: 100 }))).toBeNull();
    expect(foundAfter(60, (second) => ({ sent: 9 * second, shown: 0 }))).toBeNull();
  });

  test("is found to stutter when it begins to after a minute", () => {
    const found = foundAfter(90, (second) => ({ sent: 30 * second, shown: 30 * Math.min(60, second) }));
    expect(found).toBe(63);
  });

  test("is not judged across a pause of the page's timers", () => {
    const watch = new StutterWatch();
    expect(watch.sample({ at: 0, sent: 0, shown: 0 })).toBe(false);
    expect(watch.sample({ at: 6_000, sent: 180, shown: 0 })).toBe(false);
    for (let at = 6_500; at < 11_000; at += 500) {
      expect(watch.sample({ at, sent: 180 + (at - 6_000) / 20, shown: 0 })).toBe(false);
    }
    expect(watch.sample({ at: 11_000, sent: 430, shown: 0 })).toBe(true);
  });
});
