import { describe, expect, test } from "bun:test";
import { Backoff } from "../../src/util/backoff.ts";
import { Throttle } from "../../src/web/input/throttle.ts";
import { ManualClock } from "./manual-clock.ts";

function paced(intervalMs: number) {
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

describe("values at a pace", () => {
  test("the first goes out at once, then the newest of each interval", () => {
    const { clock, delivered, values } = paced(80);
    values.push(1);
    expect(delivered).toEqual([1]);
    values.push(2);
    values.push(3);
    clock.pass(79);
    expect(delivered).toEqual([1]);
    clock.pass(1);
    expect(delivered).toEqual([1, 3]);
  });

  test("after a pause a value does not wait", () => {
    const { clock, delivered, values } = paced(80);
    values.push(1);
    clock.pass(500);
    values.push(2);
    expect(delivered).toEqual([1, 2]);
  });

  test("an interval of 0 is the pace of painting", () => {
    const { clock, delivered, values } = paced(0);
    for (let value = 0; value < 40; value++) {
      values.push(value);
      clock.pass(4);
    }
    // 160 ms are 10 paintings.
    expect(delivered.length).toBeLessThanOrEqual(11);
    expect(delivered.at(-1)).toBeGreaterThanOrEqual(36);
  });

  test("flush delivers what waits, once", () => {
    const { clock, delivered, values } = paced(80);
    values.push(1);
    values.push(2);
    values.flush();
    expect(delivered).toEqual([1, 2]);
    clock.pass(200);
    values.flush();
    expect(delivered).toEqual([1, 2]);
  });

  test("what was dropped never arrives", () => {
    const { clock, delivered, values } = paced(80);
    values.push(1);
    values.push(2);
    values.clear();
    clock.pass(1000);
    expect(delivered).toEqual([1]);
  });
});

test("waits between attempts grow from 0.5 s to 5 s and start over after a success", () => {
  const backoff = new Backoff({ first: 500, max: 5_000 });
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
  backoff.reset();
  expect(backoff.next()).toBe(500);
});
