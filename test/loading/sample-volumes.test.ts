import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseColors } from "../../src/actors/streamlines/line-colors.ts";
import { selectLines } from "../../src/actors/streamlines/select-lines.ts";
import type { FileData, Volume } from "../../src/formats/data-kinds.ts";
import { worldToVoxel } from "../../src/formats/volume/affine.ts";
import type { StreamlinesStyle } from "../../src/layers/layer-properties.ts";
import { prepareStreamlines } from "../../src/loading/prepare-streamlines.ts";
import { withVolumes } from "../../src/loading/sample-volumes.ts";
import { tractogram } from "../actors/streamlines/tractogram.ts";

/** Voxels of 2 mm, rotated by 90 degrees around z: world x is -2 j + 10, y is 2 i - 4, z is 2 k. */
const AFFINE = [0, -2, 0, 10, 2, 0, 0, -4, 0, 0, 2, 0, 0, 0, 0, 1];

function volume(values: ArrayLike<number>, more: Partial<Volume> = {}): Volume {
  return {
    ...{ kind: "volume", space: "ras", origin: [0, 0, 0], warnings: [], frames: 1, components: 1 },
    ...{ slope: 1, intercept: 0, dims: [4, 3, 5], affine: AFFINE },
    values: Int16Array.from(values),
    ...more,
  };
}

const reader = (data: FileData) => async () => data;
const coordinate = fc.double({ min: -6, max: 14, noNaN: true });
const lines = fc.array(
  fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 2, maxLength: 5 }),
  { minLength: 1, maxLength: 9 },
);

test("the values of a volume along streamlines are interpolated linearly, and missing outside of it", async () => {
  // A linear function of the voxel coordinates is interpolated exactly.
  const values = Array.from(
    { length: 60 },
    (_, n) => 3 * (n % 4) + 5 * (Math.floor(n / 4) % 3) - 7 * Math.floor(n / 12),
  );
  const data = volume(values, { slope: 0.5, intercept: 100 });
  await fc.assert(
    fc.asyncProperty(lines, async (all) => {
      const origin = [1, 2, -3] as const;
      const streamlines = tractogram(all, { origin });
      const { pointArrays } = await withVolumes(streamlines, { sample: "/data/fa.nii.gz" }, reader(data));
      expect(pointArrays.map(({ name }) => name)).toEqual(["fa.nii.gz"]);
      for (let n = 0; n < streamlines.positions.length / 3; n += 1) {
        const [x = 0, y = 0, z = 0] = [0, 1, 2].map(
          (axis) => (streamlines.positions[3 * n + axis] ?? 0) + (origin[axis] ?? 0),
        );
        const voxel = [(y + 4) / 2, (10 - x) / 2, z / 2];
        const isInside = voxel.every((at, axis) => at >= -0.5 && at <= (data.dims[axis] ?? 0) - 0.5);
        const [i = 0, j = 0, k = 0] = voxel.map((at, axis) =>
          Math.min((data.dims[axis] ?? 1) - 1, Math.max(0, at)),
        );
        const actual = pointArrays[0]?.values[n] ?? 0;
        if (isInside) expect(actual).toBeCloseTo(100 + 0.5 * (3 * i + 5 * j - 7 * k), 3);
        else expect(actual).toBeNaN();
      }
    }),
  );
});

test("a mask selects streamlines with any point in it, or with both ends", async () => {
  // Voxels with i = 0, whose y is from -5 to -3.
  const mask = volume(Array.from({ length: 60 }, (_, n) => (n % 4 === 0 ? -1 : 0)));
  const at = (...ys: number[]) => ys.map((y) => [8, y, 2] as const);
  const streamlines = tractogram([
    at(-4, -3.5),
    at(-4, 2),
    at(1, -4.9, 2),
    at(1, 2),
    at(-4, 9, -3.1),
    at(-9, -8),
  ]);
  const selected = async (style: StreamlinesStyle): Promise<number[]> => {
    const data = prepareStreamlines(await withVolumes(streamlines, style, reader(mask)));
    return [...selectLines(data, style, chooseColors(data, style)).order].toSorted();
  };
  expect(await selected({ mask: "/data/m.nii" })).toEqual([0, 1, 2, 4]);
  expect(await selected({ mask: "/data/m.nii", maskEnds: true })).toEqual([0, 4]);
});

test("streamlines are colored by the sampled volume by default, and points outside are transparent", async () => {
  const streamlines = tractogram([
    [
      [8, -4, 2],
      [8, 0, 2],
      [8, 90, 2],
    ],
  ]);
  const style = { sample: "/data/fa.nii.gz" };
  const data = prepareStreamlines(
    await withVolumes(streamlines, style, reader(volume(Array.from({ length: 60 }, (_, n) => n)))),
  );
  const { legend, warnings } = chooseColors(data, style);
  expect(legend?.title).toBe("fa.nii.gz");
  expect(warnings).toEqual(['1 of 3 points have no value (NaN) in "fa.nii.gz" and are transparent']);
});

test("a file that is not a volume is an error with its name", async () => {
  const streamlines = tractogram([
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
  ]);
  const read = withVolumes(streamlines, { mask: "/data/other.trk" }, reader(streamlines));
  expect(read).rejects.toThrow("/data/other.trk: it is not a volume");
});

test("the inverse of an affine matrix maps world coordinates to voxels", () => {
  expect(worldToVoxel(AFFINE).map((value) => value + 0)).toEqual([0, 0.5, 0, 2, -0.5, 0, 0, 5, 0, 0, 0.5, 0]);
});
