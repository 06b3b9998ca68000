import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parseAffine } from "../../src/cli/affine-value.ts";
import type { Volume } from "../../src/formats/data-kinds.ts";
import { readData } from "../../src/loading/read-data.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { missingNibabel, runNibabel } from "../formats/nibabel.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

interface Placed {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly affine: readonly number[];
}

describe("--affine", () => {
  let expected: Placed | undefined;
  beforeAll(async () => {
    if (missingNibabel === "") expected = await runNibabel<Placed>("make_affine.py", directory.path);
  });

  for (const name of ["affine.txt", "affine-3x4.csv", "fsl.mat"]) {
    testIf(missingNibabel)(`places an array of NumPy by ${name} where nibabel places its image`, async () => {
      const affine = parseAffine(join(directory.path, name));
      const path = join(directory.path, "image.npy");
      const request = { root: undefined, drafts: false };
      const placed = (await readData({ ...request, path, style: { affine } }, () => {})) as Volume;
      const nifti = join(directory.path, "image.nii");
      const image = (await readData({ ...request, path: nifti }, () => {})) as Volume;
      expect([placed.space, placed.unit, placed.dims]).toEqual(["ras", "mm", [4, 5, 6]]);
      expect([...placed.values]).toEqual([...image.values]);
      const differences = placed.affine.map((value, i) => Math.abs(value - (image.affine[i] ?? Number.NaN)));
      expect(Math.max(...differences)).toBeLessThan(1e-5);
      const scene = await loadScene({ path, style: { affine, mip: true } });
      const { min, max } = scene.bounds;
      for (const [actual, wanted] of [
        [min, expected?.min],
        [max, expected?.max],
      ] as const)
        [...actual].forEach((value, axis) => void expect(value).toBeCloseTo(wanted?.[axis] ?? Number.NaN, 4));
      scene.dispose();
    });
  }

  test("is 12 or 16 numbers, separated by commas or spaces", () => {
    const rows = [2, 0, 0, 1, 0, 2, 0, 2, 0, 0, 2, 3];
    expect(parseAffine(rows.join())).toEqual([...rows, 0, 0, 0, 1]);
    expect(parseAffine(`[[${rows.join(" ")} 0 0 0 1]]`)).toEqual([...rows, 0, 0, 0, 1]);
  });

  test.each([
    ["A matrix has 12 or 16 numbers, not 3.", "1,2,3"],
    ["The matrix must be invertible", Array(12).fill(1).join()],
    ["The last of its four rows must be 0 0 0 1.", Array(16).fill(1).join()],
    ["It is not 12 or 16 numbers, and as a file it cannot be read: there is no such file.", "nothing.txt"],
    ["It is neither numbers nor a text file below 64 kB.", directory.path],
    ["The file is not text with 12 or 16 numbers.", directory.write("words.txt", "1 2 three")],
  ])("is refused with the sentence %s", (message, text) => {
    expect(() => parseAffine(text)).toThrow(message);
  });
});
