import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Points } from "../../../src/formats/data-kinds.ts";
import { pcd } from "../../../src/formats/pcd/pcd.ts";
import { SampledFile } from "../../../src/formats/sampled-file.ts";
import { linearFromSrgb } from "../../../src/formats/srgb.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";
import { lzfBody, pcdFile } from "./pcd-file.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function load(bytes: Uint8Array, blockBytes?: number): Promise<Points> {
  return (await read(directory.write("a.pcd", bytes), blockBytes)) as Points;
}
const refused = async (bytes: Uint8Array) => String(await outcome(directory.write("bad.pcd", bytes)));
const world = ({ origin, vertices }: Points): number[] =>
  Array.from(vertices.positions, (value, i) => value + (origin[i % 3] ?? 0));
const arrays = ({ vertices }: Points) =>
  Object.fromEntries((vertices.arrays ?? []).map(({ name, values }) => [name, [...values]]));

/** Four points, of which one has no coordinates: x y z rgb normal_x intensity label. */
const RICH = {
  fields: "x y z rgb normal_x intensity label _",
  size: "4 4 4 4 4 8 2 1",
  type: "F F F F F F U U",
  count: "1 1 1 1 1 1 1 3",
  points: 4,
};
const ROW = 33;
const POINTS = [
  [1, 2, 3, 0xff0000, 0, 0.5, 7],
  [Number.NaN, Number.NaN, Number.NaN, 0x00ff00, 0, 1, 8],
  [4, 5, 6, 0x00007f, 0, 1.5, 9],
  [7, 8, 9, 0x000000, 0, 2.5, 65_535],
] as const;

function rows(): Buffer {
  const bytes = Buffer.alloc(ROW * POINTS.length);
  for (const [i, [x, y, z, rgb, normal, intensity, label]] of POINTS.entries()) {
    for (const [k, value] of [x, y, z].entries()) bytes.writeFloatLE(value, ROW * i + 4 * k);
    bytes.writeUInt32LE(rgb, ROW * i + 12);
    bytes.writeFloatLE(normal, ROW * i + 16);
    bytes.writeDoubleLE(intensity, ROW * i + 20);
    bytes.writeUInt16LE(label, ROW * i + 28);
  }
  return bytes;
}

/** The same values field by field. */
function columns(): Buffer {
  const sizes = [4, 4, 4, 4, 4, 8, 2, 3];
  let offset = 0;
  const parts = sizes.map((size) => {
    const values = POINTS.map((_, i) => rows().subarray(ROW * i + offset, ROW * i + offset + size));
    offset += size;
    return Buffer.concat(values);
  });
  return Buffer.concat(parts);
}

function text(): string {
  const color = (rgb: number): number => new Float32Array(Uint32Array.of(rgb).buffer)[0] ?? 0;
  const lines = POINTS.map(
    ([x, y, z, rgb, normal, intensity, label]) =>
      `${[x, y, z].map((value) => (Number.isNaN(value) ? "nan" : value)).join(" ")} ${color(rgb)} ${normal} ${intensity} ${label} 0 0 0\n`,
  );
  return lines.join("");
}

function expectRich(points: Points): void {
  expect(world(points)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(arrays(points)).toEqual({ intensity: [0.5, 1.5, 2.5], label: [7, 9, 65_535] });
  const half = Math.fround(linearFromSrgb(127 / 255));
  expect([...(points.vertices.colors ?? [])]).toEqual([1, 0, 0, 0, 0, half, 0, 0, 0]);
  expect(points.warnings).toEqual(["1 of 4 points have no finite coordinates; left out"]);
}

describe("PCD", () => {
  test("the encodings ascii, binary and binary_compressed have the same points, in blocks of any size", async () => {
    for (const blockBytes of [7, 1000]) {
      expectRich(await load(pcdFile({ ...RICH, data: "ascii", body: text() }), blockBytes));
      expectRich(await load(pcdFile({ ...RICH, body: rows() }), blockBytes));
      const compressed = pcdFile({ ...RICH, data: "binary_compressed", body: lzfBody(columns()) });
      expectRich(await load(compressed, blockBytes));
    }
  });

  test("colors are integers, too, and coordinates doubles with a floating origin", async () => {
    const body = Buffer.alloc(2 * 28);
    for (const [i, x] of [500_000.001, 500_000.002].entries()) {
      body.writeDoubleLE(x, 28 * i);
      body.writeUInt32LE(0xff0000ff, 28 * i + 24);
    }
    const points = await load(pcdFile({ fields: "x y z rgba", size: "8 8 8 4", type: "F F F U", body }));
    expect(world(points)[3]).toBeCloseTo(500_000.002, 6);
    expect([...(points.vertices.colors ?? [])]).toEqual([0, 0, 1, 0, 0, 1]);
    const integers = pcdFile({
      fields: "x y z rgb",
      size: "4 4 4 4",
      type: "F F F F",
      data: "ascii",
      body: "0 0 0 16711680\n1 0 0 255\n",
    });
    expect([...((await load(integers)).vertices.colors ?? [])]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test("100,000 binary points are the same in any block, and their sample is a part of them", async () => {
    const values = Float32Array.from({ length: 300_000 }, (_, i) => (i % 3 === 0 ? i / 3 : i % 3));
    // One without coordinates before the floating origin is chosen.
    values.fill(Number.NaN, 30, 33);
    const path = directory.write("b.pcd", pcdFile({ points: 100_000, body: new Uint8Array(values.buffer) }));
    expect(await outcome(path, 10_007)).toEqual(await outcome(path));
    using file = new SampledFile(path);
    const sample = (await pcd.samplePoints?.(path, file)) ?? [];
    expect(sample.length).toBeGreaterThan(3000);
    expect(sample.every((value, i) => i % 3 === 0 || value === i % 3)).toBe(true);
  });

  test("what is cut off is shown up to there, with a warning", async () => {
    const points = await load(pcdFile({ ...RICH, body: rows().subarray(0, 3 * ROW - 1) }));
    expect(world(points)).toEqual([1, 2, 3]);
    expect(points.warnings[0]).toBe("the file ends after 2 of 4 points: it is cut off or damaged");
    const ascii = await load(pcdFile({ data: "ascii", points: 3, body: "0 0 0\n1 1 1\n" }));
    expect(ascii.warnings).toEqual(["the file has 2 of the 3 points that it declares: it is cut off"]);
  });

  test("what cannot be read is refused with the reason", async () => {
    const body = lzfBody(columns());
    const compressed = (part: Uint8Array, points = 4) =>
      pcdFile({ ...RICH, points, data: "binary_compressed", body: part });
    expect(await refused(compressed(body.subarray(0, -3)))).toContain(
      "compressed data is cut off or damaged",
    );
    expect(await refused(compressed(body, 2 ** 40))).toContain("the file is damaged");
    const bomb = Buffer.from(body);
    bomb.writeUInt32LE(33 * 120_000_000, 4);
    expect(await refused(compressed(bomb, 120_000_000))).toContain("cut off or damaged");
    // A reference before the start.
    const reference = Buffer.from([3, 0, 0, 0, 24, 0, 0, 0, 32, 5, 0]);
    expect(await refused(pcdFile({ data: "binary_compressed", body: reference }))).toContain("damaged");
    expect(await refused(pcdFile({ points: 2 ** 40, body: "" }))).toContain("before the first");
    expect(await refused(pcdFile({ points: 0, body: "" }))).toContain("nothing to draw");
    expect(await refused(pcdFile({ fields: "a b c", body: "" }))).toContain("no fields x, y and z");
    expect(await refused(pcdFile({ size: "4 4", body: "" }))).toContain("not the same");
    expect(await refused(pcdFile({ count: "1 1 999999", body: "" }))).toContain("too many values");
    const none = pcdFile({ data: "ascii", body: "nan nan nan\nnan nan nan\n" });
    expect(await refused(none)).toContain("no row has three finite coordinates");
  });
});
