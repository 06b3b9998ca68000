import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Points } from "../../../src/formats/data-kinds.ts";
import { detectFormat, fileHead } from "../../../src/formats/registry.ts";
import { SampledFile } from "../../../src/formats/sampled-file.ts";
import { linearFromSrgb } from "../../../src/formats/srgb.ts";
import { textPoints } from "../../../src/formats/text-points/text-points.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function load(text: string, name = "a.xyz", blockBytes?: number): Promise<Points> {
  return (await read(directory.write(name, text), blockBytes)) as Points;
}

const world = ({ origin, vertices }: Points): number[] =>
  Array.from(vertices.positions, (value, i) => value + (origin[i % 3] ?? 0));
const arrays = ({ vertices }: Points) =>
  Object.fromEntries((vertices.arrays ?? []).map(({ name, values }) => [name, [...values]]));
const detected = (text: string, name: string) => detectFormat(fileHead(Buffer.from(text), name))?.id;
const half = Math.fround(linearFromSrgb(127 / 255));

describe("rows of numbers", () => {
  test("blanks, tabs, commas and semicolons with decimal commas separate the same numbers, with any line end", async () => {
    const texts = [
      "1.5 -2 3e1\n4 5 6\n",
      "  1.5\t-2\t3e1 \n4\t5\t6",
      "1.5,-2,3e1\n4, 5 ,6\n",
      "1,5;-2;3e1\n4;5;6\n",
      "1.5;-2;30\n4;5;6",
    ];
    for (const text of texts) {
      for (const ends of ["\n", "\r\n", "\r"]) {
        for (const blockBytes of [3, 1000]) {
          const points = await load(text.replaceAll("\n", ends), "a.txt", blockBytes);
          expect(world(points), text).toEqual([1.5, -2, 30, 4, 5, 6]);
          expect(points.warnings).toEqual([]);
        }
      }
    }
  });

  test("names choose the columns, in any order, with units, quotes or a comment sign", async () => {
    const csv =
      'id,"Y [m]",x,Z,Intensity,R,G,B,nx\n7,2,1,3,0.5,255,0,127,1\n8,5,4,6,,255,0,0,0\n9,8,7,9,2,0,0,0,0\n';
    const points = await load(csv, "a.csv");
    expect(world(points)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(arrays(points)).toEqual({ id: [7, 8, 9], Intensity: [0.5, Number.NaN, 2] });
    expect([...(points.vertices.colors ?? [])].slice(0, 3)).toEqual([1, 0, half]);
    for (const header of ["//X Y Z t", "# x y z t", "\ufeffx\ty\tz\tt"]) {
      const named = await load(`${header}\n1 2 3 1700000001.25\n`, "a.asc");
      expect(world(named)).toEqual([1, 2, 3]);
      expect(arrays(named)).toEqual({ t: [1700000001.25] });
    }
  });

  test("without names, the values tell colors and normals from other values", async () => {
    const colored = await load("0 0 0 255 0 127\n1 1 1 0 0 0\n");
    expect([...(colored.vertices.colors ?? [])]).toEqual([1, 0, half, 0, 0, 0]);
    const unit = await load("0 0 0 1 0.0 0.25\n1 1 1 0.5 0.5 0.5\n");
    expect(unit.vertices.colors?.[2]).toBeCloseTo(linearFromSrgb(0.25), 6);
    const normals = await load("0 0 0 0 0.6 -0.8 255 0 0\n1 1 1 -1 0 0 0 0 255\n");
    expect([...(normals.vertices.colors ?? [])]).toEqual([1, 0, 0, 0, 0, 1]);
    expect(arrays(normals)).toEqual({});
    expect(arrays(await load("0 0 0 -7.5\n1 1 1 8\n"))).toEqual({ intensity: [-7.5, 8] });
    expect(arrays(await load("0 0 0 -7.5 3\n1 1 1 8 4\n"))).toEqual({
      "column 4": [-7.5, 8],
      "column 5": [3, 4],
    });
  });

  test("PTS files have counts, an intensity and a color", async () => {
    const points = await load("2\n0 0 0 -100 255 0 0\n1 0 0 -90 0 255 0\n1\n2 0 0 5 0 0 255\n", "a.pts");
    expect(world(points)).toEqual([0, 0, 0, 1, 0, 0, 2, 0, 0]);
    expect(arrays(points)).toEqual({ intensity: [-100, -90, 5] });
    expect([...(points.vertices.colors ?? [])]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(points.warnings).toEqual([]);
    const cut = await load("5\n0 0 0\n1 0 0\n", "a.pts");
    expect(cut.warnings).toEqual(["the file has 2 of the 5 points that it declares: it is cut off"]);
  });

  test("short rows, words and NaN are left out with their number; comments and blank lines are no rows", async () => {
    const points = await load("0 0 0\n# a comment\n\n1 nan 3\n1 2\nx y z\n4 5 6 more\n1e999 0 0\n");
    expect(world(points)).toEqual([0, 0, 0, 4, 5, 6]);
    expect(points.warnings).toEqual([
      "2 of 6 rows have too few numbers, or words instead of coordinates (the first is line 5); left out",
      "2 of 6 points have no finite coordinates; left out",
    ]);
  });

  test("UTM coordinates keep millimetres by a floating origin", async () => {
    const points = await load("500000.001 5400000.002 100\n500000.002 5400000.004 100.5\n");
    expect(points.origin).not.toEqual([0, 0, 0]);
    const [x = 0, y = 0] = world(points);
    expect(x).toBeCloseTo(500000.001, 6);
    expect(y).toBeCloseTo(5400000.002, 6);
  });

  test("200,000 rows are the same in any block, and their sample is a part of them", async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${i / 8},${i % 100},${5_000_000 + (i % 7)},${i}`);
    const text = `${rows.join("\n")}\n`;
    const points = await load(text, "a.csv");
    expect(points.vertices.positions).toHaveLength(600_000);
    expect(points.vertices.arrays?.[0]?.values.at(-1)).toBe(199_999);
    const path = directory.write("b.csv", text);
    expect(await outcome(path, 30_011)).toEqual(await outcome(path));
    using file = new SampledFile(path);
    const sample = (await textPoints.samplePoints?.(path, file)) ?? [];
    expect(sample.length).toBeGreaterThan(3000);
    for (let i = 0; i < sample.length; i += 3) {
      const row = 8 * (sample[i] ?? 0);
      expect([sample[i + 1], sample[i + 2]]).toEqual([row % 100, 5_000_000 + (row % 7)]);
    }
  });
});

describe("detection", () => {
  test("detection needs the extension and rows of three numbers", () => {
    for (const name of ["a.xyz", "a.csv", "a.PTS", "a.asc", "a.txt"])
      expect(detected("1 2 3\n4 5 6\n", name)).toBe("xyz");
    for (const name of ["a", "a.dat", "a.obj.bin"]) expect(detected("1 2 3\n4 5 6\n", name)).toBeUndefined();
    for (const text of [
      "Dear diary,\n1 2 3\n",
      "a,b\n1,2\n",
      "1 2\n3 4\n",
      "1 2 3\nno\nno\nno\n",
      "",
      "5\n",
      "name,city,zip\n",
    ])
      expect(detected(text, "a.csv"), text).toBeUndefined();
    expect(detected("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "a.txt")).toBe("obj");
    // A molecule in the XYZ format of chemistry.
    expect(detected("2\nwater\nO 0 0 0\nH 1 0 0\n", "a.xyz")).toBeUndefined();
  });
});
