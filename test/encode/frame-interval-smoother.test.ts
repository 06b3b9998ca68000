import { expect, test } from "bun:test";
import { FrameIntervalSmoother } from "../../src/encode/video-layer.ts";

/** Smoothed intervals of a list of intervals, ms. */
function smoothed(steps: readonly number[]): number[] {
  const pace = new FrameIntervalSmoother();
  return steps.map((step) => pace.next(step));
}

test("a single early or late frame changes the interval by less than a tenth", () => {
  for (const odd of [Number.POSITIVE_INFINITY, 250, 20]) {
    const steps = smoothed([...Array<number>(30).fill(33), odd, ...Array<number>(30).fill(33)]);
    for (const [index, step] of steps.slice(1).entries()) {
      expect(Math.abs(step / (steps[index] ?? Number.NaN) - 1)).toBeLessThan(0.1);
    }
  }
});

test("a lasting change of the frame rate is followed", () => {
  for (const real of [1000 / 60, 1000 / 10]) {
    expect(smoothed(Array<number>(100).fill(real)).at(-1)).toBeCloseTo(real, -1);
  }
});

test("alternating intervals are smoothed to nearly their mean", () => {
  const steps = smoothed(Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? 25 : 42))).slice(200);
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  expect(mean).toBeGreaterThan(0.85 * 33.5);
  expect(mean).toBeLessThanOrEqual(33.5);
});
