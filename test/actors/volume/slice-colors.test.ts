import { expect, test } from "bun:test";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import type { Label } from "../../../src/formats/data-kinds.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import { prepareVolume } from "../../../src/loading/prepare-volume.ts";
import type { PreparedVolume } from "../../../src/loading/prepared-data.ts";
import { showOpener } from "../../scene/shows.ts";
import { gray, pixelAt, volumeDrawer } from "./volume-shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const open = showOpener();
const showVolumes = volumeDrawer();

test("interpolation gives a smooth gradient, and values between voxels", () => {
  const spec = { value: ({ voxel: [i] }: { voxel: readonly number[] }) => 10 * (i ?? 0) } as const;
  const at = (style: VolumeStyle, x: number) => {
    const { show, picture } = showVolumes([[spec, { range: [0, 100], slice: "y", ...style }]]);
    return pixelAt(show, picture, x, 5, 6)[0] ?? 0;
  };
  for (const x of [5.6, 6.1, 6.4, 7.3]) {
    expect(Math.abs(at({}, x) - 25.5 * Math.round(x))).toBeLessThan(2);
    expect(Math.abs(at({ interpolate: true }, x) - 25.5 * x)).toBeLessThan(4);
  }
  // A slice between two layers of voxels.
  const between = showVolumes([[spec, { range: [0, 100], slice: "x=4.25", interpolate: true }]]);
  expect(Math.abs((pixelAt(between.show, between.picture, 4.25, 5, 5)[0] ?? 0) - 25.5 * 4.25)).toBeLessThan(
    2,
  );
});

test("values outside of the threshold, NaN and infinities are transparent", () => {
  const background = [16, 32, 48, 255];
  const spec: VolumeSpec = {
    value: ({ voxel: [i, , k] }) =>
      i === 7 ? ([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 500, 60][k - 4] ?? 10) : 50,
  };
  for (const interpolate of [false, true]) {
    const { show, picture } = showVolumes([
      [spec, { range: [0, 100], threshold: [20, 100], slice: "y", interpolate }],
    ]);
    for (const k of [4, 5, 6, 7]) expect(pixelAt(show, picture, 7, 5, k)).toEqual(background);
    expect(pixelAt(show, picture, 7, 5, 8)[0]).toBeCloseTo(153, -1);
    expect(pixelAt(show, picture, 5, 5, 5)).toEqual(gray(128));
  }
});

test("negative values have a colormap of their own, by their absolute values", () => {
  const style = { range: [2, 10], colormap: "hot", negativeColormap: "viridis", slice: "y" } as const;
  const { show, picture } = showVolumes([
    [{ value: ({ voxel: [i] }) => [-10, -5, -1, 1, 5, 10][i - 2] ?? 0 }, style],
  ]);
  expect(pixelAt(show, picture, 2, 5, 5)).toEqual([253, 231, 37, 255]);
  expect(pixelAt(show, picture, 7, 5, 5)).toEqual(gray(255));
  for (const i of [4, 5, 9]) expect(pixelAt(show, picture, i, 5, 5)).toEqual([16, 32, 48, 255]);
});

test("window is center and width; modulation makes low values transparent; a color shows a mask", () => {
  const ramp: VolumeSpec = { value: ({ voxel: [i] }) => 10 * i };
  const shown = (style: VolumeStyle, x: number): number[] => {
    const { show, picture } = showVolumes([[ramp, { slice: "y", ...style }]]);
    return pixelAt(show, picture, x, 5, 5);
  };
  expect(shown({ window: [50, 40] }, 5)).toEqual(gray(128));
  expect(shown({ window: [50, 40] }, 7)).toEqual(gray(255));
  expect(shown({ window: [50, 40] }, 3)).toEqual(gray(0));
  expect(() => shown({ window: [50, 0] }, 3)).toThrow("the width of the window must be above 0");
  expect(shown({ range: [0, 50], modulate: true }, 5)).toEqual(gray(255));
  expect(shown({ range: [0, 50], modulate: true }, 0)).toEqual([16, 32, 48, 255]);
  expect(shown({ color: "#ff8000" }, 1)).toEqual([255, 128, 0, 255]);
  expect(shown({ color: "#ff8000" }, 0)).toEqual([16, 32, 48, 255]);
});

test("labels have the colors of the file, without interpolation, and outlines on request", () => {
  const labels: Label[] = [
    { value: 0, name: "Unknown", color: [0, 0, 0, 0] },
    { value: 2, name: "Left", color: [1, 0, 0, 1] },
    { value: 14_175, name: "Right", color: [0, 0, 1, 1] },
  ];
  const spec: VolumeSpec = {
    labels,
    Type: Int32Array,
    value: ({ voxel: [i, , k] }) => (k < 2 ? 0 : i > 7 ? 77 : i < 5 ? 2 : 14_175),
  };
  const { show, picture } = showVolumes([[spec, { slice: "y", interpolate: true }]]);
  expect(pixelAt(show, picture, 4.4, 5, 5)).toEqual([255, 0, 0, 255]);
  expect(pixelAt(show, picture, 4.6, 5, 5)).toEqual([0, 0, 255, 255]);
  expect(pixelAt(show, picture, 8, 5, 5)).toEqual(gray(128));
  expect(pixelAt(show, picture, 8, 5, 1)).toEqual([16, 32, 48, 255]);
  const outlined = showVolumes([[spec, { slice: "y", outline: true }]]);
  expect(pixelAt(outlined.show, outlined.picture, 2, 5, 5)).toEqual([16, 32, 48, 255]);
  const near = [4.35, 4.4, 4.45, 4.5, 4.55, 4.6].map((x) =>
    pixelAt(outlined.show, outlined.picture, x, 5, 5).join(),
  );
  expect(near).toContain("255,0,0,255");
  expect(near).toContain("0,0,255,255");
  expect(() => showVolumes([[{ value: () => 1 }, { outline: true }]])).toThrow(
    "outlines need a volume with labels",
  );
});

test("values are labels on request: 0 is transparent, others have colors of their own", () => {
  const spec: VolumeSpec = {
    Type: Int16Array,
    value: ({ voxel: [i, , k] }) => (k < 2 ? 0 : i < 5 ? 11 : 2035),
  };
  for (const outline of [false, true]) {
    const { show, picture } = showVolumes([[spec, { slice: "y", labels: true, outline }]]);
    const [low, high, zero] = [
      [3, 5],
      [7, 5],
      [7, 1],
    ].map(([x = 0, z = 0]) => pixelAt(show, picture, x, 5, z).join());
    expect(zero).toBe("16,32,48,255");
    expect(low === high).toBe(outline);
    expect(low === zero).toBe(outline);
  }
});

test("RGB volumes show their colors, and vectors the absolute values of their components", () => {
  const color = showVolumes([
    [
      { components: 3, Type: Uint8Array, value: ({ component }) => [200, 100, 30][component] ?? 0 },
      { slice: "y" },
    ],
  ]);
  expect(pixelAt(color.show, color.picture, 7, 5, 7)).toEqual([200, 100, 30, 255]);
  const vectors = showVolumes([
    [{ components: 3, value: ({ component }) => [-1, 0.5, 0][component] ?? 0 }, { slice: "y" }],
  ]);
  expect(pixelAt(vectors.show, vectors.picture, 7, 5, 7)).toEqual([255, 128, 0, 255]);
});

test("the time steps of a volume are shown one by one", async () => {
  const { object, time } = buildVolume(
    volume({ frames: 3, frameSeconds: 2, value: ({ frame }) => 50 * frame }),
    { range: [0, 100], slice: "y" },
  );
  expect(time).toMatchObject({ count: 3, seconds: [0, 2, 4] });
  const show = open({ size: [160, 120] });
  show.add(object);
  show.frameScene("z");
  for (const [step, value] of [0, 128, 255].entries()) {
    await time?.show(step);
    show.render({ samples: 0 });
    expect(pixelAt(show, show.snapshot(), 5, 5, 6)).toEqual(gray(value));
  }
});

test("the default range is from the 2nd to the 98th percentile without the background, or that of the file", () => {
  const ramp = (spec: Partial<VolumeSpec> = {}): PreparedVolume =>
    volume({ value: ({ voxel: [i, j, k] }) => (k === 0 ? 0 : 100 + i + 10 * j), ...spec });
  expect(buildVolume(ramp(), {}).legend).toEqual({
    title: "",
    colormap: "gray",
    range: [102, 197],
    rangeMethod: "2nd to 98th percentile",
  });
  expect(buildVolume(ramp({ displayRange: [1, 7] }), {}).legend?.range).toEqual([1, 7]);
  expect(buildVolume(ramp({ slope: -2, intercept: 10 }), {}).legend?.range).toEqual([-384, -194]);
  expect(
    buildVolume(ramp({ displayRange: [1, 7] }), { range: [2, 3], colormap: "jet" }).legend,
  ).toMatchObject({
    range: [2, 3],
    colormap: "jet",
  });
});

test("constant volumes and volumes without finite values say so", () => {
  expect(buildVolume(volume({ value: () => 7 }), {}).warnings).toEqual([
    "all of its voxels have the value 7",
  ]);
  expect(buildVolume(volume({ value: () => Number.NaN }), {}).warnings).toEqual([
    "all of its voxels are infinite or not a number (NaN), and transparent",
  ]);
  expect(
    buildVolume(volume({ value: ({ voxel }) => (voxel[2] === 3 ? Number.NaN : voxel[0]) }), {}).warnings,
  ).toEqual(["100 of its values are infinite or not a number (NaN), and transparent"]);
  expect(
    buildVolume(volume({ value: ({ voxel }) => voxel[0], slope: 0, intercept: 3 }), {}).warnings,
  ).toContain("its slope is 0: all values are 3");
  const { show, picture } = showVolumes([[{ value: () => 7 }]]);
  expect(pixelAt(show, picture, 7, 5, 7)).toEqual(gray(128));
});

test("damaged volumes are errors", () => {
  const good = volume({ value: () => 1 });
  expect(() => buildVolume({ ...good, affine: good.affine.map(() => 0) }, {})).toThrow(
    "its affine matrix cannot be inverted",
  );
  expect(() =>
    buildVolume({ ...good, affine: good.affine.map((value, i) => (i < 12 ? 1e20 * value : value)) }, {}),
  ).toThrow("its affine matrix places voxels at coordinates above");
  expect(buildVolume({ ...good, displayRange: [Number.NaN, 1] }, {}).legend?.range).toEqual([0.5, 1.5]);
  expect(() => prepareVolume({ ...good, dims: [10, 10, 11] }, {}, () => expect.unreachable())).toThrow(
    "it has fewer values than its 10 x 10 x 11",
  );
});
