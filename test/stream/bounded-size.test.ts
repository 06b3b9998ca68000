import { expect, test } from "bun:test";
import { boundedSize } from "../../src/stream/apply-events.ts";

const PIXELS = 1920 * 1080;

test.each([
  [1280, 720, [1280, 720]],
  [1080, 1920, [1080, 1920]], // portrait, with the same number of pixels
  [1920.4, 1079.6, [1920, 1080]],
  [3840, 2160, [1920, 1080]],
  [1000, 4000, [720, 2880]],
  [0.3, 0.4, [1, 1]],
  [100_000, 10, [8192, 1]],
  [1e15, 1e15, [1440, 1440]],
] as const)("a window of %d x %d px is rendered at %j", (width, height, size) => {
  expect(boundedSize(width, height, PIXELS, 8192)).toEqual([...size]);
});

test("a bounded size has at least one pixel and at most the maximum", () => {
  for (const mostPixels of [1, 2, 7, 100, 9_999]) {
    for (const width of [1, 3, 50, 777, 1e6]) {
      for (const height of [1, 2, 33, 5000, 1e9]) {
        const [w, h] = boundedSize(width, height, mostPixels, 4096);
        expect(w * h).toBeLessThanOrEqual(mostPixels);
        expect(Math.min(w, h)).toBeGreaterThanOrEqual(1);
        expect(Math.max(w, h)).toBeLessThanOrEqual(4096);
      }
    }
  }
});
