import { describe, expect, test } from "bun:test";
import { Backoff } from "../../src/util/backoff.ts";
import { Throttle } from "../../src/web/input/throttle.ts";
import { ManualClock } from "./manual-clock.ts";

function makeThrottle(intervalMs: number) {
  const clock = new ManualClock();
  const delivered: number[] = [];
  const values = new Throttle<number>({
    intervalMs,
    clock,
    deliver(value) {
      delivered.push(value);
      return undefined;
    },
  });
  return { clock, delivered, values };
}

describe("the throttle", () => {
  test("the throttle delivers the first value immediately, then the newest of each interval", () => {
    const { clock, delivered, values } = makeThrottle(80);
    values.push(1);
    expect(delivered).toEqual([1]);
    values.push(2);
    values.push(3);
    clock.advance(79);
    expect(delivered).toEqual([1]);
    clock.advance(1);
    expect(delivered).toEqual([1, 3]);
  });

  test("the throttle delivers a value immediately after a pause", () => {
    const { clock, delivered, values } = makeThrottle(80);
    values.push(1);
    clock.advance(500);
    values.push(2);
    expect(delivered).toEqual([1, 2]);
  });

  test("the throttle delivers once per paint with an interval of 0", () => {
    const { clock, delivered, values } = makeThrottle(0);
    for (let value = 0; value < 40; value++) {
      values.push(value);
      clock.advance(4);
    }
    // 160 ms are 10 paints.
    expect(delivered.length).toBeLessThanOrEqual(11);
    expect(delivered.at(-1)).toBeGreaterThanOrEqual(36);
  });

  test("the throttle delivers the pending value once by flush", () => {
    const { clock, delivered, values } = makeThrottle(80);
    values.push(1);
    values.push(2);
    values.flush();
    expect(delivered).toEqual([1, 2]);
    clock.advance(200);
    values.flush();
    expect(delivered).toEqual([1, 2]);
  });

  test("the throttle does not deliver a cleared value", () => {
    const { clock, delivered, values } = makeThrottle(80);
    values.push(1);
    values.push(2);
    values.clear();
    clock.advance(1000);
    expect(delivered).toEqual([1]);
  });
});

test("the backoff doubles its delay from 0.5 s to 5 s and starts over after a reset", () => {
  const backoff = new Backoff({ first: 500, max: 5_000 });
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
  backoff.reset();
  expect(backoff.next()).toBe(500);
});
