import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { CongestionControl } from "../../src/rtp/congestion-control.ts";
import { ARRIVAL_CLOCK_MS } from "../../src/rtp/rtcp.ts";
import { TwccSendHistory } from "../../src/rtp/twcc-send-history.ts";

test("TWCC feedback is matched with the packets sent, each once, also after the sequence numbers wrap", () => {
  const history = new TwccSendHistory();
  for (let i = 0; i < 65_540; i++) history.onSent(100 + (i % 7), i & 0xffff, i);
  expect(history.nextSequence).toBe(4);
  const feedback = {
    kind: "twcc" as const,
    packets: [
      { sequence: 65_535, arrivedAtMs: 1 },
      { sequence: 0, arrivedAtMs: null },
      { sequence: 3, arrivedAtMs: 2 },
      { sequence: 4, arrivedAtMs: 3 },
      { sequence: 40_000, arrivedAtMs: 3 },
    ],
  };
  expect(history.match(feedback)).toEqual([
    { sentAtMs: 65_535, arrivedAtMs: 1, bytes: 100 + (65_535 % 7), number: 65_535, rtpSequence: 65_535 },
    { sentAtMs: 65_536, arrivedAtMs: null, bytes: 100 + (65_536 % 7), number: 65_536, rtpSequence: 0 },
    { sentAtMs: 65_539, arrivedAtMs: 2, bytes: 100 + (65_539 % 7), number: 65_539, rtpSequence: 3 },
  ]);
  expect(history.match(feedback)).toEqual([]);
});

test("the oldest unacknowledged packet is the first one sent after the newest acknowledged one", () => {
  const history = new TwccSendHistory();
  history.onSent(100, 6, 69_000);
  history.match({ kind: "twcc", packets: [{ sequence: 0, arrivedAtMs: 1 }] });
  expect(history.oldestUnackedAtMs).toBeNull();
  history.onSent(100, 7, 70_000);
  history.onSent(100, 8, 71_000);
  expect(history.oldestUnackedAtMs).toBe(70_000);
});

/** Arrival times of packets sent every 5 ms that arrive 20 ms later, by a peer clock that starts at `startMs` and wraps. */
function arrivalTimes(startMs: number, count: number): (number | null)[] {
  const history = new TwccSendHistory();
  return Array.from({ length: count }, (_, i) => {
    const sequence = history.nextSequence;
    history.onSent(1200, i, 5 * i);
    const arrivedAtMs = (startMs + 20 + 5 * i) % ARRIVAL_CLOCK_MS;
    const [acked] = history.match({ kind: "twcc", packets: [{ sequence, arrivedAtMs }] });
    return acked?.arrivedAtMs ?? null;
  });
}

test("arrival times are monotonic when the peer's 24-bit reference time wraps", () => {
  const times = arrivalTimes(ARRIVAL_CLOCK_MS - 50, 40);
  const steps = times.slice(1).map((atMs, i) => (atMs ?? Number.NaN) - (times[i] ?? Number.NaN));
  expect(new Set(steps)).toEqual(new Set([5]));
});

test.each([
  ["back by an hour", -3_600_000],
  ["back by half its range", -ARRIVAL_CLOCK_MS / 2],
  ["ahead by half its range", ARRIVAL_CLOCK_MS / 2],
])("arrivals kept for the delivery rate stay bounded when the peer's clock is set %s", (_, step) => {
  const control = new CongestionControl();
  const heapBytes = () => {
    Bun.gc(true);
    return heapStats().heapSize;
  };
  const report = (count: number, fromMs: number, clockMs: number) => {
    const packets = Array.from({ length: count }, (_, i) => ({
      ...{ sentAtMs: fromMs + i, bytes: 1200 },
      arrivedAtMs: fromMs + clockMs + i,
    }));
    control.onArrivals(packets, fromMs + count);
  };
  report(1_000, 0, 20);
  const before = heapBytes();
  for (let part = 1; part <= 100; part++) report(1_000, 1_000 * part, 20 + step);
  // 100,000 arrivals are 6 MB and more.
  expect(heapBytes() - before).toBeLessThan(2_000_000);
  expect(control.bitrate).toBeGreaterThan(0);
});
