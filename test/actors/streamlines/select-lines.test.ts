import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseColors } from "../../../src/actors/streamlines/line-colors.ts";
import { selectLines } from "../../../src/actors/streamlines/select-lines.ts";
import type { Streamlines } from "../../../src/formats/data-kinds.ts";
import type { StreamlinesStyle } from "../../../src/layers/layer-properties.ts";
import { prepareStreamlines } from "../../../src/loading/prepare-streamlines.ts";
import { tractogram } from "./tractogram.ts";

type Point = readonly [x: number, y: number, z: number];

const coordinate = fc.integer({ min: -40, max: 40 }).map((value) => value / 8);
const point = fc.tuple(coordinate, coordinate, coordinate);
const line = fc.array(point, { minLength: 2, maxLength: 6 });
const lines = fc.array(line, { minLength: 1, maxLength: 40 });
const ORIGIN = [10, -20, 5] as const;

/** Numbers of the streamlines that are drawn, in increasing order. */
function selected(data: Streamlines, style: StreamlinesStyle): number[] {
  const prepared = prepareStreamlines(data);
  try {
    return [...selectLines(prepared, style, chooseColors(prepared, style)).order].toSorted((a, b) => a - b);
  } catch (error) {
    expect(`${error}`).toContain("the filters exclude all of them");
    return [];
  }
}

/** Numbers of the elements for which a condition holds. */
function numbersOf<T>(items: readonly T[], condition: (item: T, number: number) => boolean): number[] {
  return items.flatMap((item, i) => (condition(item, i) ? [i] : []));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function lengthOf(points: readonly Point[]): number {
  return points.reduce((sum, at, i) => sum + (i === 0 ? 0 : distance(at, points[i - 1] ?? at)), 0);
}

/** Many points along a streamline. */
function samples(points: readonly Point[]): Point[] {
  return points.slice(1).flatMap((b, i) => {
    const a = points[i] ?? b;
    return Array.from({ length: 1001 }, (_, k): Point => {
      const t = k / 1000;
      return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
    });
  });
}

const world = ([x, y, z]: Point): Point => [x + ORIGIN[0], y + ORIGIN[1], z + ORIGIN[2]];

test("streamlines are selected by their length and by every n-th", () => {
  fc.assert(
    fc.property(lines, fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 4 }), (all, a, b, every) => {
      // Between two multiples of the possible lengths' rounding errors.
      const [minLength, maxLength] = [a + 0.0123, a + b + 0.0123];
      expect(selected(tractogram(all), { minLength, maxLength, every })).toEqual(
        numbersOf(all, (points, i) => {
          const length = lengthOf(points);
          return length >= minLength && length <= maxLength && i % every === 0;
        }),
      );
    }),
  );
});

test("streamlines are selected by a sphere and by a box that any part of them touches", () => {
  fc.assert(
    fc.property(lines, point, fc.integer({ min: 1, max: 30 }), point, (all, center, radius, corner) => {
      const data = tractogram(all, { origin: ORIGIN });
      // The samples are up to 0.004 apart: what is nearer to the border may be on either side.
      const bySphere = selected(data, { sphere: [...world(center), radius / 8] });
      for (const [i, points] of all.entries()) {
        const nearest = Math.min(...samples(points).map((at) => distance(at, center)));
        if (Math.abs(nearest - radius / 8) > 0.01)
          expect([i, bySphere.includes(i)]).toEqual([i, nearest < radius / 8]);
      }
      const byBox = selected(data, { box: [...world(center), ...world(corner)] });
      const isInside = (at: Point, margin: number): boolean =>
        at.every((value, axis) => {
          const sides = [center[axis] ?? 0, corner[axis] ?? 0];
          return value >= Math.min(...sides) - margin && value <= Math.max(...sides) + margin;
        });
      for (const [i, points] of all.entries()) {
        const path = samples(points);
        if (path.some((at) => isInside(at, 0))) expect([i, byBox.includes(i)]).toEqual([i, true]);
        if (!path.some((at) => isInside(at, 0.01))) expect([i, byBox.includes(i)]).toEqual([i, false]);
      }
    }),
    { numRuns: 30 },
  );
});

test("points are selected by a slab and by a threshold, and NaN is never drawn", () => {
  const value = fc.oneof(coordinate, fc.constant(Number.NaN));
  fc.assert(
    fc.property(lines, fc.array(value, { minLength: 1, maxLength: 50 }), coordinate, (all, cycle, low) => {
      const points = all.flat();
      const values = Float64Array.from(points, (_, i) => cycle[i % cycle.length] ?? 0);
      const array = { name: "fa", components: 1, values };
      const prepared = prepareStreamlines(tractogram(all, { origin: ORIGIN, pointArrays: [array] }));
      const style = { colorBy: "fa", threshold: [low, low + 2] as const, slab: "y=-20:4" };
      const isDrawn = (at: Point | undefined, i: number): boolean =>
        (values[i] ?? 0) >= low && (values[i] ?? 0) <= low + 2 && Math.abs(at?.[1] ?? 9) <= 2;
      const colors = chooseColors(prepared, style);
      if (colors.pointValues === undefined) return;
      const expected = points.map(isDrawn);
      const shown = numbersOf(all, (_, n) => {
        const first = all.slice(0, n).reduce((sum, { length }) => sum + length, 0);
        return expected.slice(first, first + (all[n]?.length ?? 0)).includes(true);
      });
      if (shown.length === 0) return;
      const { order, visible } = selectLines(prepared, style, colors);
      expect([...order].toSorted((a, b) => a - b)).toEqual(shown);
      expect(points.map((_, i) => (((visible?.[i >> 5] ?? 0) >>> (i & 31)) & 1) === 1)).toEqual(expected);
    }),
  );
});

test("a threshold selects streamlines by any point, or by their mean without NaN", () => {
  const all = [0, 1, 2, 3].map((x): Point[] => [
    [x, 0, 0],
    [x, 1, 0],
    [x, 2, 0],
  ]);
  const values = new Float32Array([1, 1, 9, 1, 1, 1, Number.NaN, 9, 9, Number.NaN, Number.NaN, Number.NaN]);
  const data = tractogram(all, { pointArrays: [{ name: "fa", components: 1, values }] });
  const style = { colorBy: "fa", threshold: [3, 10] as const };
  expect(selected(data, { ...style, thresholdBy: "any" })).toEqual([0, 2]);
  expect(selected(data, { ...style, thresholdBy: "mean" })).toEqual([0, 2]);
  expect(selected(data, { ...style, threshold: [5, 10], thresholdBy: "mean" })).toEqual([2]);
  expect(selected(data, style)).toEqual([0, 2]);
  expect(selected(data, { colorBy: "fa" })).toEqual([0, 1, 2]);
});

test("streamlines are selected by groups, by the values of streamlines, and errors name what there is", () => {
  const all = [0, 1, 2, 3].map((x): Point[] => [
    [x, 0, 0],
    [x, 1, 0],
  ]);
  const data = tractogram(all, {
    groups: [
      { name: "AF_L", streamlines: new Uint32Array([0, 2]), arrays: [] },
      {
        name: "CST",
        streamlines: new Uint32Array([3]),
        arrays: [{ name: "volume", components: 1, values: new Float32Array([5]) }],
      },
    ],
    streamlineArrays: [{ name: "weight", components: 1, values: new Float32Array([0, Number.NaN, 5, 7]) }],
  });
  expect(selected(data, { groups: "af_l, CST" })).toEqual([0, 2, 3]);
  expect(selected(data, { groups: "CST" })).toEqual([3]);
  expect(selected(data, { colorBy: "weight", threshold: [0, 6] })).toEqual([0, 2]);
  expect(selected(data, { colorBy: "volume" })).toEqual([3]);
  const prepared = prepareStreamlines(data);
  const select = (style: StreamlinesStyle) => () =>
    selectLines(prepared, style, chooseColors(prepared, style));
  expect(select({ groups: "OR" })).toThrow('it has no group "OR": it has "AF_L", "CST"');
  expect(select({ colorBy: "fa" })).toThrow('it has no array "fa" to color by: it has "weight", "volume"');
  expect(select({ minLength: 5 })).toThrow("none of its 4 streamlines is left to show");
  for (const slab of ["x=1", "w=1:2", "x=a:2", "x=1:0", "x=1:-3"]) {
    expect(select({ slab })).toThrow(`the slab "${slab}" is invalid`);
  }
});
