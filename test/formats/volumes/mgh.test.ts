import { afterAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, type NibabelImage, runNibabel } from "../nibabel.ts";
import { outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { mghFile, mghLabels } from "./mgh-file.ts";
import { expectSameImage, readVolume } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

testIf(missingNibabel)(
  "MGH files, and real ones of FreeSurfer, are read like nibabel reads them",
  async () => {
    const real = realFiles("freesurfer/wm.mgz", "freesurfer/aparc+aseg.mgz");
    const images = await runNibabel<NibabelImage[]>("make_mgh.py", directory.path, ...real);
    for (const image of images) expectSameImage(image, await readVolume(image.file));
  },
);

test("the centre of the grid is at c_ras; voxel 1, 2, 3 is at the known point", async () => {
  const { affine, space, unit } = await readVolume(write("a.mgh", mghFile({})));
  expect(voxelToWorld(affine, [1, 1.5, 2])).toEqual([10, 20, 30]);
  expect(voxelToWorld(affine, [1, 2, 3])).toEqual([10, 23, 28.5]);
  expect([space, unit]).toEqual(["ras", "mm"]);
});

test("without an orientation, a coronal image is assumed, with a warning", async () => {
  const bytes = Buffer.from(mghFile({}));
  bytes.writeInt16BE(0, 28);
  const { affine, warnings } = await readVolume(write("none.mgh", bytes));
  // As in FreeSurfer (setDirectionCosine): y to the bottom, z to the front. nibabel 5.0 has both of them reversed.
  expect(affine).toEqual([-1, 0, 0, 1, 0, 0, 1, -2, 0, -1, 0, 1.5, 0, 0, 0, 1]);
  expect(warnings).toEqual(["it has no orientation: that of a coronal image is assumed"]);
});

test("a repetition time after the voxels is the duration of time steps", async () => {
  const footer = Buffer.alloc(16);
  footer.writeFloatBE(2500);
  const path = write("time.mgh", Buffer.concat([mghFile({ sizes: [2, 3, 4, 2] }), footer]));
  expect((await readVolume(path)).frameSeconds).toBe(2.5);
});

test("a volume with one row has the values of a surface", async () => {
  const data = await read(write("lh.thickness.mgh", mghFile({ sizes: [24, 1, 1, 1] })));
  expect(data).toMatchObject({ kind: "overlay", of: "points", arrays: [{ name: "lh.thickness.mgh" }] });
});

test("a file that is cut off has fewer slices; one without a slice, or with damaged sizes, is an error", async () => {
  const whole = mghFile({});
  const { dims, warnings } = await readVolume(write("cut.mgz", gzipSync(whole.subarray(0, 284 + 30))));
  expect(dims).toEqual([2, 3, 2]);
  expect(warnings).toEqual(["the image is cut off: 2 of 4 slices are shown"]);
  expect(await outcome(write("cut.mgh", whole.subarray(0, 290)))).toContain("cut off before the end");
  expect(await outcome(write("head.mgh", whole.subarray(0, 90)))).toContain("cut off in its header");
  expect(await outcome(write("zero.mgh", mghFile({ sizes: [2, 0, 4, 1] })))).toContain("number of rows is 0");
  expect(await outcome(write("type.mgh", mghFile({ typeCode: 5 })))).toContain("unknown type of values (5)");
});

test("a segmentation has the labels of its color table, and a transparent background", async () => {
  const footer = mghLabels([
    [0, "Unknown"],
    [17, "Left-Hippocampus"],
    [24, "Beyond-Largest-Value"],
  ]);
  const expected = [
    { value: 0, name: "Unknown", color: [0, 100 / 255, 50 / 255, 0] },
    { value: 17, name: "Left-Hippocampus", color: [17 / 255, 100 / 255, 50 / 255, 1] },
  ];
  const { labels, warnings } = await readVolume(write("aseg.mgz", gzipSync(mghFile({ footer }))));
  expect(labels?.map(({ value, name, color }) => ({ value, name, color }))).toEqual(expected as never);
  expect(warnings).toEqual([]);
  const surface = mghFile({ sizes: [24, 1, 1, 1], footer });
  const data = await read(write("lh.seg.mgh", surface));
  expect(data).toMatchObject({ arrays: [{ labels: [{ name: "Unknown" }, { name: "Left-Hippocampus" }] }] });
  const cut = await readVolume(write("cut.mgh", mghFile({ footer: footer.subarray(0, footer.length - 90) })));
  expect(cut.labels).toHaveLength(1);
  expect(cut.warnings).toEqual(["its color table is cut off or damaged after 1 entries"]);
});

test.each([0, -8, -(2 ** 40), 2 ** 40])(
  "a tag of %i bytes after the voxels ends the search for labels",
  async (length) => {
    const footer = Buffer.alloc(60);
    footer.writeInt32BE(31, 20);
    footer.writeBigInt64BE(BigInt(length), 24);
    expect((await readVolume(write("tag.mgh", mghFile({ footer })))).labels).toBeUndefined();
  },
);
