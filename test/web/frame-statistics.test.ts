import { describe, expect, test } from "bun:test";
import { FrameStatistics, type ShownFrame } from "../../src/web/status/frame-statistics.ts";

function frame(eventMs: number | null = null): ShownFrame {
  return { width: 640, height: 480, bytes: 1000, eventMs };
}

describe("the frame statistics", () => {
  test("the frame statistics count frames and bits of the last second", () => {
    const statistics = new FrameStatistics();
    for (let now = 0; now < 2000; now += 20) statistics.onFrame(frame(), now);
    expect(statistics.report(1999)).toMatchObject({ framesPerSecond: 50, bitsPerSecond: 400_000 });
    expect(statistics.report(2480).framesPerSecond).toBe(25);
    expect(statistics.report(3100)).toMatchObject({
      framesPerSecond: 0,
      bitsPerSecond: 0,
      newest: { width: 640, height: 480 },
    });
  });

  test("measure latency from an input of the page to the paint of the frame that shows it", () => {
    const statistics = new FrameStatistics();
    statistics.onEventSent(5000.25, 100);
    const inputAt = statistics.onFrame(frame(5000.25), 120);
    expect(inputAt).toBe(100);
    statistics.onPainted(100, 124);
    expect(statistics.report(130).inputMs).toBe(24);
    expect(statistics.report(10_000).inputMs).toBeNull();
  });

  test("the frame statistics ignore inputs of other viewers, and an input that an earlier frame showed", () => {
    const statistics = new FrameStatistics();
    statistics.onEventSent(5000, 100);
    expect(statistics.onFrame(frame(4999), 110)).toBeUndefined();
    expect(statistics.onFrame(frame(5000), 120)).toBe(100);
    expect(statistics.onFrame(frame(5000), 500)).toBeUndefined();
    expect(statistics.report(500).inputMs).toBeNull();
  });

  test("the frame statistics do not measure latency by the full view of a still scene, which is delayed on purpose", () => {
    const statistics = new FrameStatistics();
    statistics.onEventSent(5000, 100);
    expect(statistics.onFrame({ ...frame(5000), still: true }, 350)).toBeUndefined();
    expect(statistics.onFrame(frame(5000), 360)).toBeUndefined();
  });

  test("the frame statistics report a motion as waiting until the next frame, for 10 s at most", () => {
    const statistics = new FrameStatistics();
    expect(statistics.report(900).waitingMs).toBe(0);
    for (const now of [1000, 2000, 3000]) statistics.onMotionSent(now);
    expect(statistics.report(3500).waitingMs).toBe(2500);
    statistics.onFrame(frame(), 3600);
    expect(statistics.report(3700).waitingMs).toBe(0);
    statistics.onMotionSent(4000);
    expect(statistics.report(14_000).waitingMs).toBe(10_000);
    expect(statistics.report(14_001).waitingMs).toBe(0);
  });

  test("the frame statistics keep a limited number of inputs that no frame shows", () => {
    const statistics = new FrameStatistics();
    for (let stamp = 0; stamp < 2000; stamp++) statistics.onEventSent(stamp, stamp);
    expect(statistics.onFrame(frame(0), 2000)).toBeUndefined();
    expect(statistics.onFrame(frame(1999), 2010)).toBe(1999);
  });
});
