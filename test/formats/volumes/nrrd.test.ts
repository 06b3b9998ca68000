import { afterAll, describe, expect, test } from "bun:test";
import { deflateSync, gzipSync } from "node:zlib";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { nrrdFile } from "./nrrd-file.ts";
import { readVolume } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

const COUNT = Array.from({ length: 24 }, (_, i) => i);
const SHORTS = new Uint8Array(Int16Array.from(COUNT).buffer);

describe("an NRRD volume", () => {
  test("an NRRD volume is in RAS+ mm; voxel 1, 2, 3 is at the known point", async () => {
    const { affine, space, unit, dims, values } = await readVolume(write("a.nrrd", nrrdFile({})));
    expect(voxelToWorld(affine, [1, 2, 3])).toEqual([-11, -24, 39]);
    expect([space, unit, dims, ...values]).toEqual(["ras", "mm", [2, 3, 4], ...COUNT]);
  });

  for (const [space, point] of [
    ["right-anterior-superior", [11, 24, 39]],
    ["RAS", [11, 24, 39]],
    ["LAS", [-11, 24, 39]],
    ["left-posterior-superior-time", [-11, -24, 39]],
    ["scanner-xyz", [11, 24, 39]],
  ] as const) {
    test(`an NRRD volume in the space ${space} has its voxels at the right places`, async () => {
      const volume = await readVolume(write("space.nrrd", nrrdFile({ fields: [`space: ${space}`] })));
      expect(voxelToWorld(volume.affine, [1, 2, 3])).toEqual([...point]);
      expect(volume.space).toBe(space === "scanner-xyz" ? "unknown" : "ras");
    });
  }

  const swapped = Buffer.from(SHORTS).swap16();
  for (const [what, fields, data] of [
    ["gzip", ["encoding: gzip"], gzipSync(SHORTS)],
    ["text", ["encoding: text"], COUNT.join("\n ")],
    ["hex", ["encoding: hex"], Buffer.from(SHORTS).toString("hex").replace(/.{7}/g, "$&\n")],
    ["big-endian", ["endian: big"], swapped],
    [
      "with lines and bytes to skip",
      ["line skip: 2", "byte skip: 3"],
      Buffer.concat([Buffer.from("a\nb\nxyz"), SHORTS]),
    ],
    ["at the end of the file", ["byte skip: -1"], Buffer.concat([Buffer.from("anything"), SHORTS])],
  ] as const) {
    test(`an NRRD volume has voxels that are ${what}`, async () => {
      const path = write("encoding.nrrd", nrrdFile({ fields: [...fields], data }));
      expect([...(await readVolume(path)).values]).toEqual(COUNT);
      expect(await outcome(path, 16)).toEqual(await outcome(path));
      const name = "detached.raw";
      write(name, Buffer.from(data));
      const header = write(
        "detached.nhdr",
        nrrdFile({ fields: [...fields, `data file: ${name}`], data: "" }),
      );
      expect([...(await readVolume(header)).values]).toEqual(COUNT);
    });
  }

  test("an NRRD volume has voxels in a list or a numbered series of files", async () => {
    for (const part of [1, 2]) write(`part-0${part}.raw`, SHORTS.subarray((part - 1) * 24, part * 24));
    const series = nrrdFile({ fields: ["data file: part-%02d.raw 1 2 1 3"], data: "" });
    expect([...(await readVolume(write("series.nhdr", series))).values]).toEqual(COUNT);
    const list = nrrdFile({ fields: ["data file: LIST"], data: "" });
    const lines = Buffer.concat([list.subarray(0, -12), Buffer.from("part-01.raw\npart-02.raw\n")]);
    expect([...(await readVolume(write("list.nhdr", lines))).values]).toEqual(COUNT);
  });

  test("an NRRD volume of colors has components; time steps may be the fastest axis", async () => {
    const colors = nrrdFile({
      fields: ["type: uint8", "dimension: 4", "sizes: 3 2 2 2", "kinds: RGB-color space space space"].concat(
        "space directions: none (1,0,0) (0,1,0) (0,0,1)",
      ),
      data: Uint8Array.from(COUNT),
    });
    const { components, dims, values } = await readVolume(write("rgb.nrrd", colors));
    expect([components, dims, ...values]).toEqual([3, [2, 2, 2], ...COUNT]);
    const time = nrrdFile({
      fields: ["dimension: 4", "sizes: 3 2 2 2", "space directions: none (1,0,0) (0,1,0) (0,0,1)"],
    });
    const moved = await readVolume(write("time.nrrd", time));
    expect([moved.frames, ...moved.values]).toEqual([
      3,
      ...[0, 1, 2].flatMap((t) => COUNT.filter((n) => n % 3 === t)),
    ]);
  });

  test("an NRRD volume without an orientation has its spacings", async () => {
    const fields = ["space: ", "space directions: ", "space origin: ", "spacings: 0.5 2 NaN"];
    const { affine, space } = await readVolume(write("spacings.nrrd", nrrdFile({ fields })));
    expect(affine).toEqual([0.5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect(space).toBe("unknown");
  });
});

describe("damage", () => {
  test("a file that is cut off has fewer slices, compressed or not", async () => {
    const cut = SHORTS.subarray(0, 40);
    const raw = nrrdFile({ data: cut });
    const compressed = nrrdFile({ fields: ["encoding: gzip"], data: gzipSync(cut) });
    for (const file of [raw, compressed]) {
      const { dims, warnings } = await readVolume(write("cut.nrrd", file));
      expect(dims).toEqual([2, 3, 3]);
      expect(warnings).toEqual(["the image is cut off: 3 of 4 slices are shown"]);
    }
  });

  for (const [what, fields, message] of [
    ["absurd sizes", ["sizes: 1048576 1048576 1048576"], "cut off before the end of its first slice"],
    ["sizes for other axes", ["sizes: 2 3"], 'its sizes are "2 3", for 3 axes'],
    ["an unknown type", ["type: block"], 'its type "block" cannot be read'],
    ["bzip2", ["encoding: bzip2"], 'its encoding "bzip2" cannot be read; save it as raw or gzip'],
    ["damaged compression", ["encoding: gzip"], "cut off before the end of its first slice"],
    ["a missing file", ["data file: none.raw"], '"none.raw" does not exist'],
    ["a file outside of the folder", ["data file: /etc/passwd"], "is not read"],
  ] as const) {
    test(`${what} is an error with one sentence`, async () => {
      const data = gzipSync(SHORTS).subarray(0, 12);
      expect(await outcome(write("bad.nrrd", nrrdFile({ fields: [...fields], data })))).toContain(message);
    });
  }

  test("a bomb needs no more memory than its sizes", async () => {
    const data = deflateSync(new Uint8Array(2 ** 24));
    const { values } = await readVolume(
      write("bomb.nrrd", nrrdFile({ fields: ["encoding: gzip"], data: gzipSync(new Uint8Array(2 ** 24)) })),
    );
    expect(values.buffer.byteLength).toBe(48);
    expect(data.length).toBeLessThan(2 ** 15);
  });
});

for (const path of realFiles("flair.nrrd")) {
  test("a real volume of 3D Slicer is read as a whole", async () => {
    const { dims, values, warnings } = await readVolume(path);
    expect(values.length).toBe(dims[0] * dims[1] * dims[2]);
    expect(warnings).toEqual([]);
    expect(values.some((value) => value > 0)).toBe(true);
  });
}
