import { expect, test } from "bun:test";
import { RendererCrashes } from "../../src/cli/renderer-crashes.ts";
import { manualClock } from "../support/manual-clock.ts";

test("renderers that crash one after the other are restarted later and later, 2 s at most", () => {
  const crashes = new RendererCrashes();
  const delays = Array.from({ length: 7 }, () => {
    crashes.add(Number.POSITIVE_INFINITY);
    return crashes.restartDelayMs;
  });
  expect(delays).toEqual([0, 250, 500, 1000, 2000, 2000, 2000]);
});

test("the count starts again from zero after a renderer has run for more than 5 s, or was replaced", () => {
  using clock = manualClock();
  const crashes = new RendererCrashes();
  crashes.add(clock.now - 1000);
  crashes.add(clock.now - 5000);
  expect(crashes.consecutive).toBe(2);
  crashes.add(clock.now - 5001);
  expect(crashes.consecutive).toBe(1);
  crashes.reset();
  crashes.add(clock.now);
  expect(crashes.restartDelayMs).toBe(0);
});

test("three crashes in a row are too many", () => {
  const crashes = new RendererCrashes();
  crashes.add(Number.POSITIVE_INFINITY);
  crashes.add(Number.POSITIVE_INFINITY);
  expect(crashes.areTooMany).toBe(false);
  crashes.add(Number.POSITIVE_INFINITY);
  expect(crashes.areTooMany).toBe(true);
});

test("a crash is recent for 2 s", () => {
  using clock = manualClock();
  const crashes = new RendererCrashes();
  expect(crashes.isRecent).toBe(false);
  crashes.add(Number.POSITIVE_INFINITY);
  expect(crashes.isRecent).toBe(true);
  clock.now += 2001;
  expect(crashes.isRecent).toBe(false);
});
