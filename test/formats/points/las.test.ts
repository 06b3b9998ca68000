import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Points } from "../../../src/formats/data-kinds.ts";
import { las } from "../../../src/formats/las/las.ts";
import { SampledFile } from "../../../src/formats/sampled-file.ts";
import { linearFromSrgb } from "../../../src/formats/srgb.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";
import { lasFile } from "./las-file.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function load(bytes: Uint8Array, blockBytes?: number): Promise<Points> {
  return (await read(directory.write("a.las", bytes), blockBytes)) as Points;
}
const refused = async (bytes: Uint8Array) => String(await outcome(directory.write("bad.las", bytes)));
const world = ({ origin, vertices }: Points): number[] =>
  Array.from(vertices.positions, (value, i) => value + (origin[i % 3] ?? 0));
const arrays = ({ vertices }: Points) =>
  Object.fromEntries((vertices.arrays ?? []).map(({ name, values }) => [name, [...values]]));

const POINTS = [
  {
    xyz: [0, 100, -200],
    intensity: 65_535,
    classification: 2,
    returnNumber: 1,
    time: 3e8 + 0.25,
    rgb: [65_535, 0, 0],
  },
  { xyz: [50, 0, 1], intensity: 7, classification: 6, returnNumber: 2, time: 3e8 + 0.5, rgb: [0, 32_768, 0] },
] as const;

describe("LAS", () => {
  for (const format of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    test(`point format ${format}: coordinates with scale and offset, and the other values`, async () => {
      const minor = format >= 6 ? 4 : format >= 4 ? 3 : format >= 2 ? 2 : 0;
      const file = lasFile({ minor, format, extra: 3, offset: [1, 2, 3], points: POINTS });
      for (const blockBytes of [11, 1000]) {
        const points = await load(file, blockBytes);
        expect(world(points).map((value) => Number(value.toFixed(4)))).toEqual([1, 3, 1, 1.5, 2, 3.01]);
        expect(arrays(points)).toEqual({
          intensity: [65_535, 7],
          classification: [2, 6],
          return_number: [1, 2],
          ...([0, 2].includes(format) ? {} : { gps_time: [3e8 + 0.25, 3e8 + 0.5] }),
        });
        const colors = [2, 3, 5, 7, 8, 10].includes(format)
          ? [1, 0, 0, 0, Math.fround(linearFromSrgb(32_768 / 65_535)), 0]
          : undefined;
        expect(points.vertices.colors && [...points.vertices.colors]).toEqual(colors);
        expect(points.warnings).toEqual([]);
      }
    });
  }

  test("UTM coordinates keep millimetres by a floating origin", async () => {
    const points = await load(
      lasFile({
        scale: 0.001,
        offset: [500_000, 5_400_000, 0],
        points: [{ xyz: [1, 2, 0] }, { xyz: [2, 4, 0] }],
      }),
    );
    expect(points.origin).not.toEqual([0, 0, 0]);
    expect(world(points)[0]).toBeCloseTo(500_000.001, 6);
    expect(world(points)[4]).toBeCloseTo(5_400_000.004, 6);
  });

  test("colors of 8 bits in 16-bit fields have their full brightness, and a cloud whose colors are all zero has no colors", async () => {
    const [first] = POINTS;
    const dark = await load(lasFile({ format: 2, points: [{ ...first, rgb: [255, 0, 1] }] }));
    expect(dark.vertices.colors?.[0]).toBe(1);
    const black = await load(lasFile({ format: 2, points: [{ ...first, rgb: [0, 0, 0] }] }));
    expect(black.vertices.colors).toBeUndefined();
  });

  test("the classes have their standard names; flags of the old formats are no part of them", async () => {
    const points = await load(lasFile({ points: [{ xyz: [0, 0, 0], classification: 0x80 | 2 }] }));
    const classes = points.vertices.arrays?.find(({ name }) => name === "classification");
    expect(classes?.values[0]).toBe(2);
    expect(classes?.labels?.[2]?.name).toBe("ground");
    expect(classes?.labels?.[6]?.name).toBe("building");
  });

  test("100,000 points are the same in any block, and their sample is a part of them", async () => {
    const points = Array.from({ length: 100_000 }, (_, i) => ({ xyz: [i, i % 7, 5] as const }));
    const path = directory.write("b.las", lasFile({ scale: 1, points }));
    expect(await outcome(path, 10_007)).toEqual(await outcome(path));
    using file = new SampledFile(path);
    const sample = (await las.samplePoints?.(path, file)) ?? [];
    expect(sample.length).toBeGreaterThan(3000);
    for (let i = 0; i < sample.length; i += 3)
      expect(sample.slice(i + 1, i + 3)).toEqual([(sample[i] ?? 0) % 7, 5]);
  });

  test("what is cut off is shown up to there, with a warning", async () => {
    const points = await load(lasFile({ minor: 4, format: 6, points: POINTS, declared: 2 ** 40 }));
    expect(points.vertices.positions).toHaveLength(6);
    expect(points.warnings).toEqual([`the file ends after 2 of ${2 ** 40} points: it is cut off or damaged`]);
  });

  test("what cannot be read is refused with the reason", async () => {
    const changed = (offset: number, ...bytes: number[]): Buffer => {
      const file = lasFile({ points: POINTS });
      file.set(bytes, offset);
      return file;
    };
    expect(await refused(changed(25, 7))).toContain("version 1.7 is not supported");
    expect(await refused(changed(104, 11))).toContain("point format 11 is not supported");
    expect(await refused(changed(105, 19, 0))).toContain("its records have 19 bytes");
    expect(await refused(changed(107, 0, 0, 0, 0))).toContain("0 points");
    expect(await refused(changed(96, 255, 255, 255, 255))).toContain("cut off");
    expect(await refused(changed(96, 5, 0, 0, 0))).toContain("inside the header");
    expect(await refused(changed(131, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f))).toContain("not a number");
    expect(await refused(lasFile({ points: POINTS }).subarray(0, 200))).toContain("cut off");
  });
});
