import { afterAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome } from "../read-outcomes.ts";
import { mifFile } from "./mif-file.ts";
import { readVolume, valueAt } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

const COUNT = Array.from({ length: 24 }, (_, i) => i);
const SHORTS = new Uint8Array(Int16Array.from(COUNT).buffer);

describe("an MRtrix volume", () => {
  test("an MRtrix volume is in RAS+ mm; voxel 1, 2, 3 is at the known point, compressed or not", async () => {
    for (const path of [write("a.mif", mifFile({})), write("a.mif.gz", gzipSync(mifFile({})))]) {
      const { affine, space, dims, values } = await readVolume(path);
      expect(voxelToWorld(affine, [1, 2, 3])).toEqual([11, 24, 39]);
      expect([space, dims, ...values]).toEqual(["ras", [2, 3, 4], ...COUNT]);
    }
  });

  test("an MRtrix volume has any layout: the voxel i, j, k has its value, and its place", async () => {
    // The strides of MRtrix: k is the fastest, then i backwards, then j backwards.
    const volume = await readVolume(write("layout.mif", mifFile({ fields: ["layout: -1,-2,+0"] })));
    expect(volume.dims).toEqual([2, 3, 4]);
    for (const [i, j, k] of [
      [0, 0, 0],
      [1, 2, 3],
      [1, 0, 2],
    ] as const) {
      expect(valueAt(volume, i, j, k)).toBe(k + 4 * (1 - i) + 8 * (2 - j));
    }
    expect(voxelToWorld(volume.affine, [1, 2, 3])).toEqual([11, 24, 39]);
  });

  test("an MRtrix volume has its volumes as the fastest axis", async () => {
    const { frames, values } = await readVolume(
      write("time.mif", mifFile({ fields: ["dim: 2,2,2,3", "layout: +1,+2,+3,+0", "vox: 1,1,1,nan"] })),
    );
    expect([frames, ...values]).toEqual([3, ...[0, 1, 2].flatMap((t) => COUNT.filter((n) => n % 3 === t))]);
  });

  test("an MRtrix volume has big-endian values, bits, a scaling, and voxels in another file", async () => {
    const swapped = mifFile({ fields: ["datatype: Int16BE"], data: Buffer.from(SHORTS).swap16() });
    expect([...(await readVolume(write("big.mif", swapped))).values]).toEqual(COUNT);
    const bits = mifFile({ fields: ["datatype: Bit"], data: Uint8Array.from([0b10100000, 1, 0b11000000]) });
    expect((await readVolume(write("bits.mif", bits))).values.join("")).toBe("101000000000000111000000");
    const scaled = await readVolume(write("scaled.mif", mifFile({ fields: ["scaling: 5,2"] })));
    expect(valueAt(scaled, 1, 0, 0)).toBe(7);
    write("voxels.dat", Buffer.concat([Buffer.from("123"), SHORTS]));
    const detached = mifFile({ fields: ["file: voxels.dat 3"], data: new Uint8Array() });
    expect([...(await readVolume(write("detached.mih", detached))).values]).toEqual(COUNT);
  });

  test("an MRtrix volume without a transform has its centre at 0", async () => {
    const header = mifFile({}).toString("latin1").replaceAll("transform", "not_used_");
    const { affine } = await readVolume(write("centre.mif", Buffer.from(header, "latin1")));
    expect(voxelToWorld(affine, [0.5, 1, 1.5])).toEqual([0, 0, 0]);
  });
});

test("a file that is cut off has fewer slices; damage is an error with one sentence", async () => {
  const { dims, warnings } = await readVolume(write("cut.mif", mifFile({ data: SHORTS.subarray(0, 30) })));
  expect([dims, ...warnings]).toEqual([[2, 3, 2], "the image is cut off: 2 of 4 slices are shown"]);
  for (const [fields, message] of [
    [["dim: 1048576,1048576,1048576"], "cut off before the end of its first slice"],
    [["dim: 2,0,4"], 'its dim is "2,0,4"'],
    [["layout: +0,+0,+1"], 'its layout is "+0,+0,+1", for 3 axes'],
    [["datatype: Float16LE"], 'its datatype "Float16LE" cannot be read'],
    [["file: . 999999"], "its voxels start at byte 999999, but it has only"],
    [["file: none.dat"], '"none.dat" does not exist'],
    [["file: ../none.dat"], "is not read"],
  ] as const) {
    expect(await outcome(write("bad.mif", mifFile({ fields: [...fields] })))).toContain(message);
  }
});
