import { expect, test } from "bun:test";
import { colormapTable } from "../../src/layers/colormap.ts";
import { COLORMAP_NAMES } from "../../src/layers/colormap-names.ts";

const color = (name: (typeof COLORMAP_NAMES)[number], at: number): number[] =>
  Array.from(colormapTable(name).subarray(3 * at, 3 * at + 3));

test("colormaps have the colors of matplotlib at both ends and in the middle", () => {
  // Rows 0, 128 and 255 of matplotlib's tables.
  expect([color("viridis", 0), color("viridis", 255)]).toEqual([
    [68, 1, 84],
    [253, 231, 37],
  ]);
  for (const [value, expected] of [33, 145, 140].entries()) {
    expect(Math.abs((color("viridis", 128)[value] ?? 0) - expected)).toBeLessThanOrEqual(2);
  }
  expect(color("gray", 100)).toEqual([100, 100, 100]);
  const [red = 0, , blue = 0] = color("rdbu", 255);
  expect(red).toBeGreaterThan(blue);
});

test("a reversed colormap has the same colors in reverse order", () => {
  for (const name of COLORMAP_NAMES.filter((name) => !name.endsWith("-r"))) {
    const reversed = `${name}-r` as (typeof COLORMAP_NAMES)[number];
    for (const at of [0, 17, 255]) expect(color(reversed, 255 - at)).toEqual(color(name, at));
  }
});
