import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { CongestionControl } from "../../src/rtp/congestion-control.ts";
import { ARRIVAL_CLOCK_MS } from "../../src/rtp/rtcp.ts";
import { TwccSendHistory } from "../../src/rtp/twcc-send-history.ts";

/** Arrival times of packets sent every 5 ms that arrive 20 ms later, by a peer clock that starts at `beginsMs` and wraps. */
function arrivalTimes(beginsMs: number, count: number): (number | null)[] {
  const history = new TwccSendHistory();
  return Array.from({ length: count }, (_, i) => {
    const sequence = history.next;
    history.left(1200, i, 5 * i);
    const atMs = (beginsMs + 20 + 5 * i) % ARRIVAL_CLOCK_MS;
    return history.match({ kind: "arrivals", packets: [{ sequence, atMs }] })[0]?.atMs ?? null;
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
])("arrivals kept for the rate stay bounded when the peer's clock is set %s", (_, step) => {
  const control = new CongestionControl();
  const heapBytes = () => {
    Bun.gc(true);
    return heapStats().heapSize;
  };
  const report = (count: number, fromMs: number, clockMs: number) => {
    const packets = Array.from({ length: count }, (_, i) => ({
      ...{ sentAtMs: fromMs + i, bytes: 1200 },
      atMs: fromMs + clockMs + i,
    }));
    control.arrived(packets, fromMs + count);
  };
  report(1_000, 0, 20);
  const before = heapBytes();
  for (let part = 1; part <= 100; part++) report(1_000, 1_000 * part, 20 + step);
  // 100,000 arrivals are 6 MB and more.
  expect(heapBytes() - before).toBeLessThan(2_000_000);
  expect(control.bitrate).toBeGreaterThan(0);
});
