import { afterAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Points } from "../../../src/formats/data-kinds.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";
import { TWO_SPLATS } from "./splat-file.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

test("splats are points with their colors, and opacities as values", async () => {
  for (const [name, content] of [
    ["a.splat", TWO_SPLATS],
    ["a.splat.gz", gzipSync(TWO_SPLATS)],
  ] as const) {
    const { vertices, origin, warnings } = (await read(write(name, content))) as Points;
    const positions = Array.from(vertices.positions, (value, i) => value + (origin[i % 3] ?? 0));
    expect(positions).toEqual([1, 2, 3, -4, 5.5, 6]);
    expect([...(vertices.colors ?? [])]).toEqual([1, 0, 0, 0, 0, 1]);
    expect(vertices.arrays?.map((array) => [array.name, ...array.values])).toEqual([["opacity", 200, 10]]);
    expect(warnings).toEqual([
      "these are Gaussian splats: shown as colored points, without their shapes and opacities",
    ]);
  }
});

test("splats that gsplat.js 1.2.9 has written are read", async () => {
  const hex =
    "0000c03f000000c000005040cdcccc3dcdcc4c3e9a99993eff4000c800808080" +
    "000020410000003f0000e0c00ad7233c0ad7a33c8fc2f53c0080ff11da80da80";
  const { vertices, origin } = (await read(write("gsplat.splat", Buffer.from(hex, "hex")))) as Points;
  const positions = Array.from(vertices.positions, (value, i) => value + (origin[i % 3] ?? 0));
  expect(positions).toEqual([1.5, -2, 3.25, 10, 0.5, -7]);
  // 64 and 128 of sRGB as linear values.
  expect([...(vertices.colors ?? [])].map((value) => Math.round(value * 255))).toEqual([
    255, 13, 0, 0, 55, 255,
  ]);
  expect(vertices.arrays?.map((array) => [array.name, ...array.values])).toEqual([["opacity", 200, 17]]);
});

test("a file that is cut off has fewer splats, with a warning; it is read in blocks of any size", async () => {
  const path = write("cut.splat", TWO_SPLATS.subarray(0, 50));
  const { warnings, vertices } = (await read(path)) as Points;
  expect(vertices.positions.length).toBe(3);
  expect(warnings[1]).toBe("the file ends within a splat: 1 are shown; it is cut off or damaged");
  expect(await outcome(path, 7)).toEqual(await outcome(path));
});
