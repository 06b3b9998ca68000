import { expect, test } from "bun:test";
import fc from "fast-check";
import { fillUndrawn, flipRows, scalePixels } from "../../src/scene/frame-pixels.ts";

const side = fc.integer({ min: 1, max: 9 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Makes random pixels. */
const picture = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    bytes(4 * width * height).map((data) => ({ width, height, data: Uint8Array.from(data) })),
  );

test("scaling interpolates between pixels: it keeps an image of the same size or of one color, and values stay in range", () => {
  fc.assert(
    fc.property(picture, side, side, ({ width, height, data }, toWidth, toHeight) => {
      expect(scalePixels(data, [width, height], [width, height])).toEqual(data);
      const scaled = scalePixels(data, [width, height], [toWidth, toHeight]);
      for (let c = 0; c < 4; c += 1) {
        const component = (pixels: Uint8Array) => [...pixels].filter((_, i) => i % 4 === c);
        const [before, after] = [component(data), component(scaled)];
        // Each of the three interpolations rounds down.
        expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(...before) - 3);
        expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before));
      }
    }),
  );
  const twoPixels = Uint8Array.of(0, 0, 0, 255, 200, 100, 50, 255);
  expect([...scalePixels(twoPixels, [2, 1], [4, 1])].filter((_, i) => i % 4 === 0)).toEqual([
    0, 50, 150, 200,
  ]);
});

test("the image below an incomplete frame is visible in proportion to the undrawn share of a pixel", () => {
  const background = [100, 50, 0, 0];
  fc.assert(
    fc.property(bytes(4), bytes(4), fc.integer({ min: 0, max: 255 }), (object, below, alpha) => {
      const covered = alpha / 255;
      const frame = Uint8Array.from([0, 1, 2, 3], (c) =>
        c === 3 ? alpha : Math.round(covered * (object[c] ?? 0) + (1 - covered) * (background[c] ?? 0)),
      );
      const opaqueBelow = Uint8Array.from(below.with(3, 255));
      fillUndrawn(frame, background, opaqueBelow);
      for (let c = 0; c < 3; c += 1) {
        const expected = covered * (object[c] ?? 0) + (1 - covered) * (opaqueBelow[c] ?? 0);
        expect(Math.abs((frame[c] ?? 0) - expected)).toBeLessThanOrEqual(1.5);
      }
      expect(frame[3]).toBeGreaterThanOrEqual(254);
    }),
  );
});

test("flipping the rows twice restores an image", () => {
  fc.assert(
    fc.property(picture, ({ width, height, data }) => {
      const flipped = data.slice();
      flipRows(flipped, 4 * width, height);
      expect(flipped.subarray(0, 4 * width)).toEqual(data.subarray(4 * width * (height - 1)));
      flipRows(flipped, 4 * width, height);
      expect(flipped).toEqual(data);
    }),
  );
});
