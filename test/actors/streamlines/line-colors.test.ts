import { expect, test } from "bun:test";
import { buildActor } from "../../../src/actors/build-actor.ts";
import { chooseColors } from "../../../src/actors/streamlines/line-colors.ts";
import type { DataArray, Streamlines } from "../../../src/formats/data-kinds.ts";
import { colormapTable } from "../../../src/layers/colormap.ts";
import type { StreamlinesStyle } from "../../../src/layers/layer-properties.ts";
import { prepareStreamlines } from "../../../src/loading/prepare-streamlines.ts";
import { pixel } from "../../scene/images.ts";
import { frontView, showOpener } from "../../scene/shows.ts";
import { tractogram } from "./tractogram.ts";

const open = showOpener();

/** Four horizontal streamlines of 21 points, from the top (y = 0.75) to the bottom. */
function rows(): Streamlines {
  const lines = [0.75, 0.25, -0.25, -0.75].map((y) =>
    Array.from({ length: 21 }, (_, i) => [i / 10 - 1, y, 0] as const),
  );
  const ramp = Float32Array.from({ length: 84 }, (_, i) => 100 * (i % 21));
  for (let i = 21; i < 42; i += 1) ramp[i] = i < 32 ? Number.NaN : 2000;
  return tractogram(lines, {
    pointArrays: [
      { name: "fa", components: 1, values: ramp },
      { name: "v", components: 3, values: Int16Array.from({ length: 252 }, (_, i) => [3, 4, 0][i % 3] ?? 0) },
    ],
    streamlineArrays: [{ name: "weight", components: 1, values: new Uint8Array([0, 50, 100, 100]) }],
    groups: [{ name: "top", streamlines: new Uint32Array([0, 1]), arrays: [] }],
  });
}

/** The color of a row at a place, without light: fractions of width, and the row. */
async function colors(style: StreamlinesStyle): Promise<(x: number, row: number) => number[]> {
  const show = open({ size: [200, 200], background: "black", light: false });
  show.add((await buildActor(prepareStreamlines(rows()), { tubes: "off", lineWidth: 3, ...style })).object);
  show.cameraState = { ...frontView(5), parallelScale: 1 };
  show.render({ samples: 0 });
  const picture = show.snapshot();
  return (x, row) => pixel(picture, x, (row + 0.5) / 4).slice(0, 3);
}

function viridis(share: number): number[] {
  return [...colormapTable("viridis").subarray(3 * Math.round(255 * share), 3 * Math.round(255 * share) + 3)];
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries())
    expect(Math.abs((actual[i] ?? 0) - value)).toBeLessThanOrEqual(4);
}

test("values of points are interpolated along lines, by colormap and range; NaN is transparent and counted", async () => {
  const at = await colors({ colorBy: "fa", range: [0, 2000] });
  for (const x of [0.03, 0.25, 0.5, 0.77]) expectNear(at(x, 0), viridis(x));
  expect(at(0.2, 1)).toEqual([0, 0, 0]);
  expectNear(at(0.8, 1), viridis(1));
  const reversed = await colors({ colorBy: "fa", colormap: "viridis-r", range: [0, 2000] });
  expectNear(reversed(0.25, 0), viridis(0.75));
  const { warnings, legend } = chooseColors(prepareStreamlines(rows()), { colorBy: "fa", range: [0, 2000] });
  expect(warnings).toEqual(['11 of 84 points have no value (NaN) in "fa" and are transparent']);
  expect(legend).toEqual({
    title: "fa",
    unit: undefined,
    colormap: "viridis",
    range: [0, 2000],
    rangeMethod: undefined,
  });
});

test("a threshold hides the points outside of it", async () => {
  const at = await colors({ colorBy: "fa", range: [0, 2000], threshold: [800, 1600] });
  expect(at(0.2, 0)).toEqual([0, 0, 0]);
  expectNear(at(0.5, 0), viridis(0.5));
  expect(at(0.9, 0)).toEqual([0, 0, 0]);
});

test("values of streamlines, magnitudes and components color lines", async () => {
  const at = await colors({ colorBy: "weight", range: [0, 100] });
  expectNear(at(0.5, 0), viridis(0));
  expectNear(at(0.5, 1), viridis(0.5));
  expectNear(at(0.5, 2), viridis(1));
  const magnitude = await colors({ colorBy: "v", range: [0, 10] });
  expectNear(magnitude(0.5, 3), viridis(0.5));
  const component = await colors({ colorBy: "v", component: "y", range: [0, 8] });
  expectNear(component(0.5, 3), viridis(0.5));
});

test("lines have a fixed color, or one per group or file", async () => {
  const fixed = await colors({ color: "#336699" });
  expectNear(fixed(0.5, 2), [0x33, 0x66, 0x99]);
  const group = await colors({ colorBy: "group" });
  expect(group(0.5, 0)).toEqual(group(0.5, 1));
  expectNear(group(0.5, 2), [128, 128, 128]);
  expect(group(0.5, 0)).not.toEqual(group(0.5, 2));
  const prepared = prepareStreamlines(rows());
  const files = [0, 1, 2, 3].map((i) => chooseColors(prepared, { colorBy: "file" }, { index: i }).colors);
  expect(new Set(files.map((color) => JSON.stringify(color))).size).toBe(4);
  expect(chooseColors(prepared, { colorBy: "group" }).legend?.labels?.map(({ name }) => name)).toEqual([
    "top",
  ]);
});

test("colors by ends are those of the direction from the first to the last point", () => {
  const data = tractogram([
    [
      [0, 0, 0],
      [5, 9, 1],
      [3, 4, 0],
    ],
  ]);
  const { colors } = chooseColors(prepareStreamlines(data), { colorBy: "ends" });
  expect(colors).toEqual({
    source: "perLine",
    colors: new Uint32Array([(0xff000000 | (204 << 8) | 153) >>> 0]),
  });
});

test("an array without values is reported, and lines are colored by direction", () => {
  const data = rows();
  const empty = { name: "empty", components: 1, values: new Float32Array(84).fill(Number.NaN) };
  const { colors, warnings } = chooseColors(prepareStreamlines({ ...data, pointArrays: [empty] }), {
    colorBy: "empty",
  });
  expect(colors).toEqual({ source: "direction" });
  expect(warnings[0]).toContain('the array "empty" has no values to color by');
});

test("a tube is lit: bright where it faces the light, and darker at its sides", async () => {
  const show = open({ size: [200, 200], background: "black" });
  const data = prepareStreamlines(rows());
  show.add((await buildActor(data, { color: "white", width: 0.4 })).object);
  show.cameraState = { ...frontView(5), parallelScale: 1 };
  show.render({ samples: 0 });
  const picture = show.snapshot();
  const at = (across: number) => pixel(picture, 0.5, 0.125 + 0.5 * across * 0.2)[1] ?? 0;
  // The key light is at the upper left.
  expect(at(-0.5)).toBeGreaterThan(200);
  expect(at(0.95)).toBeLessThan(at(-0.5) - 80);
  // As thick as its diameter.
  expect(at(0.97)).toBeGreaterThan(0);
  expect(at(1.06)).toBe(0);
});

test("values of a file after the streamlines color them, with its range and threshold, unless they have a color", async () => {
  const data = rows();
  const [array] = data.pointArrays;
  const overlaid = array && { ...array, name: "direction", overlay: 0 };
  const prepared = () => prepareStreamlines({ ...data, pointArrays: overlaid ? [overlaid] : [] });
  const overlays = [{ range: [0, 1000], threshold: [0, 1500], colormap: "hot" }] as const;
  const legendOf = async (style: StreamlinesStyle) =>
    (await buildActor(prepared(), style, { overlays })).legend;
  expect(await legendOf({})).toMatchObject({ title: "direction", colormap: "hot", range: [0, 1000] });
  expect(await legendOf({ color: "red" })).toBeUndefined();
  const named = { ...prepared(), pointArrays: [{ ...overlaid, name: "fa" } as DataArray] };
  const { legend } = await buildActor(named, { colorBy: "fa", colormap: "magma" }, { overlays });
  expect(legend).toMatchObject({ title: "fa", colormap: "hot", range: [0, 1000] });
  const show = open({ size: [200, 200], background: "black", light: false });
  show.add((await buildActor(prepared(), { tubes: "off", lineWidth: 3 }, { overlays })).object);
  show.cameraState = { ...frontView(5), parallelScale: 1 };
  show.render({ samples: 0 });
  const at = (x: number): number[] => pixel(show.snapshot(), x, 0.5 / 4).slice(0, 3);
  // 500 is the middle of the range, and 1800 above the threshold.
  expectNear(at(0.25), [...colormapTable("hot").subarray(3 * 128, 3 * 129)]);
  expect(at(0.9)).toEqual([0, 0, 0]);
});
