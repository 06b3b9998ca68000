import { describe, expect, test } from "bun:test";
import type { Volume } from "../../../src/formats/data-kinds.ts";
import { arrayNamed } from "./vtk-peer.ts";
import { writtenFiles } from "./written-files.ts";
import { vtiFile, vtuFile, type XmlSampleOptions } from "./xml-samples.ts";

const { read, readMesh, testDamaged } = writtenFiles("file.vtu", 100);

const ENCODINGS: readonly XmlSampleOptions[] = (["ascii", "binary", "raw", "base64"] as const).flatMap(
  (mode) =>
    (["UInt32", "UInt64"] as const).flatMap((headerType) =>
      [false, true].map((compressed) => ({ mode, headerType, compressed })),
    ),
);

describe("VTK XML", () => {
  for (const options of ENCODINGS) {
    test(`arrays at any offset, raw bytes that look like tags: ${JSON.stringify(options)}`, async () => {
      for (const pieces of [1, 2]) {
        const { surfaces, warnings } = await readMesh(vtuFile({ ...options, pieces }));
        expect(warnings).toEqual([]);
        const [surface] = surfaces;
        expect(surface?.indices).toHaveLength(18 * pieces);
        expect(surface?.arrays?.map(({ name }) => name)).toEqual(["T", "marks", "v"]);
        expect([...arrayNamed(surface?.arrays, "T").values]).toEqual(
          [1, 2, 3, 4, 5, 1, 2, 3, 4, 6].slice(0, 5 * pieces),
        );
        expect([...arrayNamed(surface?.arrays, "marks").values.subarray(0, 5)]).toEqual([60, 201, 38, 0, 95]);
        expect([...arrayNamed(surface?.arrays, "v").values.subarray(0, 15)]).toEqual(
          Array.from({ length: 15 }, (_, i) => i),
        );
        expect([...arrayNamed(surface?.cellArrays, "id").values]).toEqual([7, 8, 9, 10].slice(0, 2 * pieces));
        const used = new Set(surface?.indices);
        expect(used.size).toBe(5 * pieces);
      }
    });
  }

  test("an image is a volume with its direction, and an extent that does not start at 0", async () => {
    const volume = (await read(vtiFile())) as Volume;
    expect(volume.dims).toEqual([3, 2, 2]);
    expect(volume.affine).toEqual([0, 1, 0, 0, 2, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect([...volume.values]).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test("pieces of an image are joined", async () => {
    const piece = (extent: string, values: string): string =>
      `<Piece Extent="${extent}"><PointData><DataArray type="Int16" Name="s" format="ascii">${values}</DataArray></PointData></Piece>`;
    const file = `<VTKFile type="ImageData"><ImageData WholeExtent="0 2 0 1 0 1" Origin="5 0 0" Spacing="1 1 1">
${piece("0 1 0 1 0 1", "0 1 10 11 100 101 110 111")}${piece("1 2 0 1 0 1", "1 2 11 12 101 102 111 112")}</ImageData></VTKFile>`;
    const volume = (await read(file)) as Volume;
    expect(volume.dims).toEqual([3, 2, 2]);
    expect([...volume.values]).toEqual([0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]);
    expect(volume.affine[3]).toBe(5);
  });
});

describe("damaged VTK XML", () => {
  const ascii = vtuFile().toString();
  testDamaged([
    ["cut in text", ascii.slice(0, 900), "it is cut off"],
    ["cut in raw data", vtuFile({ mode: "raw" }).subarray(0, -120), "it is cut off"],
    [
      "another type of dataset",
      ascii.replaceAll("UnstructuredGrid", "HyperTreeGrid"),
      'files of the type "HyperTreeGrid" cannot be shown',
    ],
    ["a negative count", ascii.replace('NumberOfPoints="5"', 'NumberOfPoints="-5"'), "is not a count"],
    [
      "too few points",
      ascii.replace('NumberOfPoints="5"', 'NumberOfPoints="6"'),
      "it has 15 values instead of 18",
    ],
    [
      "types of another number",
      ascii.replace("10 10\n", "10\n"),
      'the array "types": it has 1 values instead of 2',
    ],
    ["a word among numbers", ascii.replace("0 1 2 3 1", "0 one 2 3 1"), '"one" at byte'],
    ["offsets beyond the list", ascii.replace("4 8\n", "4 9\n"), "do not match"],
    ["missing points", ascii.replace("0 1 2 3 1 2 3 4", "0 1 2 9 1 2 3 9"), "2 of 2 cells refer to points"],
    [
      "an unknown compressor",
      ascii.replace("<VTKFile", '<VTKFile compressor="vtkLZMADataCompressor"'),
      "save it with zlib",
    ],
    [
      "an invalid offset",
      Buffer.from(vtuFile({ mode: "raw" }).toString("latin1").replace('offset="0"', 'offset="x"'), "latin1"),
      "is not valid",
    ],
    ["no data", '<VTKFile type="PolyData"><PolyData/></VTKFile>', "there is nothing to draw"],
  ]);

  test("entities are not expanded", async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`;
    const mesh = await readMesh(
      ascii.replace("<VTKFile", `${bomb}<VTKFile`).replace('Name="v"', 'Name="&b;"'),
    );
    expect(mesh.surfaces[0]?.arrays?.map(({ name }) => name)).toContain("&b;");
  });

  test("a block that says to be gigabytes after decompression is refused before memory is used", async () => {
    const file = vtuFile({ mode: "raw", compressed: true });
    const at = file.indexOf("   _") + 4;
    file.writeUInt32LE(0xffffffff, at + 4);
    file.writeUInt32LE(0xffffffff, at + 8);
    const { warnings } = await readMesh(file);
    expect(warnings).toEqual(['the array "marks": the sizes of its compressed data are damaged; left out']);
  });

  test("an array of another length is left out, with a warning", async () => {
    const { surfaces, warnings } = await readMesh(ascii.replace("1 2 3 4 5\n", "1 2 3 4\n"));
    expect(warnings).toEqual(['the array "T": it has 4 values instead of 5; left out']);
    expect(surfaces[0]?.arrays?.map(({ name }) => name)).toEqual(["marks", "v"]);
  });
});
