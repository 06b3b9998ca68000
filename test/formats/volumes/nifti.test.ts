import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Volume } from "../../../src/formats/data-kinds.ts";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, type NibabelImage, runNibabel } from "../nibabel.ts";
import { outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { niftiFile } from "./nifti-file.ts";
import { expectSameImage, expectSameWorld, readVolume, valueAt } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

testIf(missingNibabel)(
  "all types, byte orders, pairs and orientations are read like nibabel reads them",
  async () => {
    const images = await runNibabel<NibabelImage[]>("make_nifti.py", directory.path);
    expect(images.length).toBeGreaterThan(60);
    for (const image of images) expectSameImage(image, await readVolume(image.file));
  },
);

testIf(missingNibabel)("real files are read like nibabel reads them", async () => {
  const real = realFiles("avg152t1.nii.gz", "nibabel/example_nifti2.nii.gz", "nibabel/standard.nii.gz");
  const images = await runNibabel<NibabelImage[]>("read_images.py", ...real);
  for (const image of images) expectSameImage(image, await readVolume(image.file));
});

describe("one image in different orientations is the same in the world", () => {
  testIf(missingNibabel)("one image in all 48 orientations has the same values in the world", async () => {
    const folder = `${directory.path}/orientations`;
    mkdirSync(folder);
    await runNibabel("reorient.py", folder);
    const volumes = await Promise.all(readdirSync(folder).map((name) => readVolume(`${folder}/${name}`)));
    expect(volumes.length).toBe(48);
    expectSameWorld(volumes);
  });

  const names = ["AIL", "ARI", "IAL", "IPL", "LAI", "LPI", "PIL", "PRI", "RAI", "RPI", "SAL", "SPL"];
  const heads = realFiles(...names.map((name) => `nifti-space/${name}.nii.gz`));
  for (const _ of heads.slice(0, 1)) {
    test("one image in the orientations of niivue's nifti_space has the same values in the world", async () => {
      expectSameWorld(await Promise.all(heads.map(readVolume)));
    });
  }
});

describe("the orientation", () => {
  test("the orientation is the sform; voxel 1, 2, 3 is at the known point", async () => {
    const volume = await readVolume(
      write("sform.nii", niftiFile({ srow: [2, 0, 0, -10, 0, 3, 0, 5, 0, 0, 4, 1] })),
    );
    expect(voxelToWorld(volume.affine, [1, 2, 3])).toEqual([-8, 11, 13]);
    expect(volume.space).toBe("ras");
    expect(volume.unit).toBe("mm");
  });

  test("the orientation is in mm if the file is in m or µm", async () => {
    const srow = [2, 0, 0, -10, 0, 3, 0, 5, 0, 0, 4, 1];
    for (const [units, factor] of [
      [0, 1],
      [1, 1000],
      [2, 1],
      [3, 0.001],
    ] as const) {
      const { affine } = await readVolume(write("units.nii", niftiFile({ srow, units })));
      expect(affine[0]).toBeCloseTo(2 * factor, 12);
      expect(affine[3]).toBeCloseTo(-10 * factor, 12);
    }
  });

  test("the orientation is the qform if the sform is not a valid matrix, with a warning", async () => {
    const srow = Array.from({ length: 12 }, () => 0);
    const file = niftiFile({ srow, qformCode: 1, quaternion: [0, 0, 1], qoffset: [1, 2, 3] });
    const { affine, warnings } = await readVolume(write("flat.nii", file));
    expect(affine).toEqual([-1, 0, 0, 1, 0, -1, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1]);
    expect(warnings).toEqual(["its orientation (sform) is not a valid matrix: its qform is used"]);
  });

  test("the orientation of ANALYZE is assumed for a header without sform and qform, with a warning", async () => {
    const { affine, warnings } = await readVolume(write("none.nii", niftiFile({ sformCode: 0 })));
    expect(affine).toEqual([-1, 0, 0, 0.5, 0, 1, 0, -1, 0, 0, 1, -1.5, 0, 0, 0, 1]);
    expect(warnings.join()).toContain("it has no orientation (sform_code and qform_code are 0)");
  });
});

describe("the header", () => {
  test("the header has a slope of 0 or NaN for values that are not scaled", async () => {
    for (const slope of [0, Number.NaN]) {
      const volume = await readVolume(write("slope.nii", niftiFile({ slope, intercept: 9 })));
      expect([volume.slope, volume.intercept]).toEqual([1, 0]);
    }
  });

  for (const offset of [352, 353.5, 416]) {
    test(`the header has a vox_offset of ${offset}, where the voxels start`, async () => {
      const { values, warnings } = await readVolume(write("offset.nii", niftiFile({ voxOffset: offset })));
      expect([...values.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
      expect(warnings).toEqual([]);
    });
  }

  for (const offset of [0, 300, -1e30, Number.NaN]) {
    test(`may have a vox_offset of ${offset}: the voxels start after it, with a warning`, async () => {
      const { values, warnings } = await readVolume(write("low.nii", niftiFile({ voxOffset: offset })));
      expect([...values.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
      expect(warnings.join()).toContain(": the voxels are read from byte 352");
    });
  }

  for (const offset of [400_000, 1e30, Number.POSITIVE_INFINITY]) {
    test(`the header with a vox_offset of ${offset}, beyond the end, is an error`, async () => {
      const bytes = Buffer.from(niftiFile({}));
      bytes.writeFloatLE(offset, 108);
      for (const file of [write("beyond.nii", bytes), write("beyond.nii.gz", gzipSync(bytes))]) {
        expect(await outcome(file)).toMatch(/its voxels start at byte .* \(vox_offset\), but it has only/);
      }
    });
  }

  test("may announce extensions that do not exist", async () => {
    const bytes = Buffer.from(niftiFile({}));
    bytes[348] = 1;
    const { values, warnings } = await readVolume(write("flag.nii", bytes));
    expect([...values.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
    expect(warnings).toEqual([]);
  });

  for (const [dim, dims, frames] of [
    [[4, 2, 3, 4, 0], [2, 3, 4], 1],
    [[3, 2, 3, 4, 9], [2, 3, 4], 1],
    [[0, 2, 3, 4, 0], [2, 3, 4], 1],
    [[2, 2, 3, 0, 0], [2, 3, 1], 1],
    [[4, 2, 3, 0, 0], [2, 3, 1], 1],
    [[5, 2, 3, 2, 1, 2], [2, 3, 2], 2],
  ] as const) {
    test(`the header has the sizes ${dim.join(" ")}`, async () => {
      const volume = await readVolume(write("dims.nii", niftiFile({ dim })));
      expect([volume.dims, volume.frames]).toEqual([dims, frames]);
    });
  }

  for (const [dim, message] of [
    [[3, 0, 3, 4], "its size along axis 1 (dim[1]) is 0"],
    [[3, 2, 3, -4], "its size along axis 3 (dim[3]) is -4"],
    [[0, 0, 0, 0], "it has no voxels: dim[0] is 0"],
    [[9, 2, 3, 4], "its number of axes (dim[0]) is 9, which is not 0 to 7"],
  ] as const) {
    test(`the header with the sizes ${dim.join(" ")} is an error`, async () => {
      expect(await outcome(write("dims.nii", niftiFile({ dim })))).toContain(message);
    });
  }

  test("the header has a range to show, and the duration of a time step", async () => {
    const file = niftiFile({
      dim: [4, 2, 3, 2, 2],
      calMin: 1,
      calMax: 5,
      pixdim: [1, 1, 1, 1, 2500],
      units: 2 + 16,
    });
    const { displayRange, frameSeconds } = await readVolume(write("time.nii", file));
    expect(displayRange).toEqual([1, 5]);
    expect(frameSeconds).toBeCloseTo(2.5, 6);
  });

  for (const [datatype, name] of [
    [1536, "128-bit floating-point numbers"],
    [1, "1-bit values"],
    [3, "an unknown type of values"],
  ] as const) {
    test(`the header with ${name} is an error`, async () => {
      expect(await outcome(write("type.nii", niftiFile({ datatype })))).toContain(`it has ${name} (datatype`);
    });
  }
});

describe("a file that is cut off", () => {
  const whole = niftiFile({ dim: [4, 2, 3, 4, 3] });
  const bytesPerSlice = 12;

  test("a file that is cut off has fewer time steps", async () => {
    const { frames, dims, values, warnings } = await readVolume(
      write("cut.nii", whole.subarray(0, 352 + 9 * bytesPerSlice)),
    );
    expect([dims, frames, values.length]).toEqual([[2, 3, 4], 2, 48]);
    expect(warnings).toEqual(["the image is cut off: 2 of 3 time steps are shown"]);
  });

  test("a file that is cut off has fewer slices if not even one time step is complete, compressed or not", async () => {
    const cut = whole.subarray(0, 352 + 3 * bytesPerSlice + 5);
    for (const file of [write("cut.nii", cut), write("cut.nii.gz", gzipSync(cut))]) {
      const { frames, dims, values, warnings } = await readVolume(file);
      expect([dims, frames, values.length]).toEqual([[2, 3, 3], 1, 18]);
      expect(warnings).toEqual(["the image is cut off: 3 of 4 slices, 1 of 3 time steps are shown"]);
    }
  });

  test("a file that is cut off in its first slice, or in its header, is an error", async () => {
    expect(await outcome(write("cut.nii", whole.subarray(0, 360)))).toContain(
      "cut off before the end of its first slice",
    );
    expect(await outcome(write("cut.nii", whole.subarray(0, 200)))).toContain(
      "the file is cut off in its header",
    );
  });

  test("a file that is cut off needs no memory for absurd sizes", async () => {
    const dim = [4, 32767, 32767, 32767, 32767];
    const file = niftiFile({ dim, voxels: new Uint8Array(1000) });
    for (const path of [write("absurd.nii", file), write("absurd.nii.gz", gzipSync(file))]) {
      expect(await outcome(path)).toContain("cut off before the end of its first slice");
    }
  });
});

describe("a pair", () => {
  test("a pair is read by the name of either file", async () => {
    const whole = niftiFile({ isPair: true, voxOffset: 0 });
    const header = write("both.hdr", whole.subarray(0, 348));
    const voxels = write("both.img", whole.subarray(352));
    const { values } = await readVolume(header);
    expect([...values.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
    expect(await outcome(voxels)).toEqual(await outcome(header));
    expect(readdirSync(directory.path)).toContain("both.img");
  });

  test("a pair of which one file is missing has an error that names it", async () => {
    const whole = niftiFile({ isPair: true, voxOffset: 0 });
    expect(await outcome(write("lone.hdr", whole.subarray(0, 348)))).toContain(
      "the voxels should be in lone.img beside it, which does not exist",
    );
    expect(await outcome(write("lone2.img", whole.subarray(352)))).toContain(
      "the header should be in lone2.hdr beside it, which does not exist",
    );
  });
});

test("a file is read in blocks of any size", async () => {
  const path = write("blocks.nii", niftiFile({ datatype: 1024, dim: [3, 3, 4, 5] }));
  expect(await outcome(path, 7)).toEqual(await outcome(path));
  const volume = (await read(path, 64)) as Volume;
  expect(valueAt(volume, 2, 3, 4)).toBe(59);
});
