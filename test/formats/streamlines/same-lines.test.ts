import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import type { Streamlines } from "../../../src/formats/data-kinds.ts";
import { readFile } from "../../../src/loading/read-data.ts";
import { realFiles } from "../shared-data.ts";

/** World coordinates of all points. */
async function pointsOf(path: string): Promise<Float64Array> {
  const { positions, origin } = (await readFile(path, undefined)) as Streamlines;
  return Float64Array.from(positions, (value, i) => value + (origin[i % 3] ?? 0));
}

async function expectSamePoints(paths: readonly string[]): Promise<void> {
  const [first = new Float64Array(), ...others] = await Promise.all(paths.map(pointsOf));
  expect(first.length).toBeGreaterThan(30);
  expect(others.length).toBeGreaterThan(0);
  for (const other of others) {
    expect(other.length).toBe(first.length);
    const distance = other.reduce((most, value, i) => Math.max(most, Math.abs(value - (first[i] ?? 0))), 0);
    expect(distance).toBeLessThan(1e-4);
  }
}

test("TRK in a tilted grid that runs from right to left, and TCK, have the same lines to 1e-4 mm", async () => {
  const file = (name: string) => fileURLToPath(new URL(`../../pictures/files/${name}`, import.meta.url));
  await expectSamePoints([file("bundles.trk"), file("bundles.tck")]);
});

const standard = realFiles("nibabel/standard.trk", "nibabel/standard.LPS.trk", "nibabel/standard.tck");
for (const _ of standard.slice(0, 1)) {
  test("nibabel's standard TRK, LPS TRK and TCK have the same lines to 1e-4 mm", async () => {
    await expectSamePoints(standard);
  });
}
