import { afterAll, describe, expect, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { metaImageFile } from "./metaimage-file.ts";
import { readVolume } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

const COUNT = Array.from({ length: 24 }, (_, i) => i);
const SHORTS = new Uint8Array(Int16Array.from(COUNT).buffer);

describe("a MetaImage volume", () => {
  test("a MetaImage volume is moved from ITK's LPS to RAS+ mm; voxel 1, 2, 3 is at the known point", async () => {
    const { affine, space, dims, values } = await readVolume(write("a.mha", metaImageFile({})));
    expect(voxelToWorld(affine, [1, 2, 3])).toEqual([-11, -24, 39]);
    expect([space, dims, ...values]).toEqual(["ras", [2, 3, 4], ...COUNT]);
  });

  test("a MetaImage volume has a matrix with the direction of one axis after the other", async () => {
    const fields = ["TransformMatrix = 0 1 0 0 0 1 1 0 0"];
    const { affine } = await readVolume(write("turned.mha", metaImageFile({ fields })));
    // i goes along y, j along z, k along x of LPS.
    expect(voxelToWorld(affine, [1, 2, 3])).toEqual([-19, -21, 34]);
  });

  for (const [what, fields, data] of [
    ["compressed", ["CompressedData = True"], deflateSync(SHORTS)],
    ["text", ["BinaryData = False"], COUNT.join(" ")],
    ["big-endian", ["BinaryDataByteOrderMSB = True"], Buffer.from(SHORTS).swap16()],
    ["big-endian by the other name", ["ElementByteOrderMSB = True"], Buffer.from(SHORTS).swap16()],
  ] as const) {
    test(`a MetaImage volume has voxels that are ${what}`, async () => {
      const path = write("encoding.mha", metaImageFile({ fields: [...fields], data }));
      expect([...(await readVolume(path)).values]).toEqual(COUNT);
      expect(await outcome(path, 16)).toEqual(await outcome(path));
      write("voxels.raw", Buffer.from(data));
      const detached = [...fields, "ElementDataFile = voxels.raw"];
      const header = write("detached.mhd", metaImageFile({ fields: detached, data: "" }));
      expect([...(await readVolume(header)).values]).toEqual(COUNT);
    });
  }

  test("a MetaImage volume has voxels after a header, or at the end of a file", async () => {
    write("headed.raw", Buffer.concat([Buffer.from("12345"), SHORTS]));
    for (const size of [5, -1]) {
      const fields = [`HeaderSize = ${size}`, "ElementDataFile = headed.raw"];
      const { values } = await readVolume(write("headed.mhd", metaImageFile({ fields, data: "" })));
      expect([...values]).toEqual(COUNT);
    }
  });

  test("a MetaImage volume has voxels in a list or a numbered series of files", async () => {
    for (const part of [1, 2]) write(`part-0${part}.raw`, SHORTS.subarray((part - 1) * 24, part * 24));
    for (const [last, data] of [
      ["ElementDataFile = part-%02d.raw 1 2 1", ""],
      ["ElementDataFile = LIST", "part-01.raw\npart-02.raw\n"],
    ] as const) {
      const { values } = await readVolume(write("series.mhd", metaImageFile({ fields: [last], data })));
      expect([...values]).toEqual(COUNT);
    }
  });

  test("a MetaImage volume has channels: colors, or steps", async () => {
    const fields = ["DimSize = 2 2 2", "ElementNumberOfChannels = 3"];
    const bytes = { fields: [...fields, "ElementType = MET_UCHAR"], data: Uint8Array.from(COUNT) };
    const colors = await readVolume(write("rgb.mha", metaImageFile(bytes)));
    expect([colors.components, colors.frames, ...colors.values]).toEqual([3, 1, ...COUNT]);
    const steps = await readVolume(write("steps.mha", metaImageFile({ fields })));
    expect([steps.components, steps.frames, ...steps.values.subarray(0, 8)]).toEqual([
      1, 3, 0, 3, 6, 9, 12, 15, 18, 21,
    ]);
  });
});

test("a file that is cut off has fewer slices; damage is an error with one sentence", async () => {
  const { dims, warnings } = await readVolume(
    write("cut.mha", metaImageFile({ data: SHORTS.subarray(0, 30) })),
  );
  expect([dims, ...warnings]).toEqual([[2, 3, 2], "the image is cut off: 2 of 4 slices are shown"]);
  for (const [fields, message] of [
    [["DimSize = 1048576 1048576 1048576"], "cut off before the end of its first slice"],
    [["DimSize = 2 0 4"], 'its DimSize is "2 0 4", for 3 axes'],
    [["ElementType = MET_STRING"], 'its ElementType "STRING" cannot be read'],
    [["CompressedData = True"], "the compressed data is damaged"],
    [["ElementDataFile = none.raw"], '"none.raw" does not exist'],
  ] as const) {
    expect(await outcome(write("bad.mha", metaImageFile({ fields: [...fields] })))).toContain(message);
  }
});

for (const path of realFiles("mha.mha")) {
  test("a real volume is read as a whole", async () => {
    const { dims, frames, components, values, warnings } = await readVolume(path);
    expect(values.length).toBe(dims[0] * dims[1] * dims[2] * frames * components);
    expect(warnings).toEqual([]);
  });
}
