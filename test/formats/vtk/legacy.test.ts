import { describe, expect, test } from "bun:test";
import type { Volume } from "../../../src/formats/data-kinds.ts";
import {
  binaryLegacy,
  LEGACY_51,
  LEGACY_IMAGE,
  LEGACY_POLYDATA,
  LEGACY_TETRAHEDRA,
} from "./legacy-samples.ts";
import { arrayNamed } from "./vtk-peer.ts";
import { writtenFiles } from "./written-files.ts";

const { read, readMesh, testDamaged } = writtenFiles("file.vtk", 128);

describe("legacy VTK", () => {
  test("polygonal data: active scalars first, decoded names, normals, cells of each triangle", async () => {
    const { surfaces, lines, points, warnings } = await readMesh(LEGACY_POLYDATA);
    expect(warnings).toEqual([]);
    const [surface] = surfaces;
    expect([...(surface?.indices ?? [])]).toEqual([0, 1, 2, 0, 2, 3, 1, 4, 5, 1, 5, 2]);
    expect(surface?.arrays?.map(({ name }) => name)).toEqual(["temperature in K", "flow", "a", "b"]);
    expect([...arrayNamed(surface?.arrays, "temperature in K").values]).toEqual([1, 2, 3, 4, 5, Number.NaN]);
    expect(arrayNamed(surface?.arrays, "b").components).toBe(2);
    expect([...(surface?.normals ?? [])].slice(-3)).toEqual([0, 0, 1]);
    // The cells are numbered from the vertices on; those that the surface does not have are left out.
    expect([...arrayNamed(surface?.cellArrays, "pressure").values]).toEqual([1, 2, 3]);
    expect([...(surface?.cells ?? [])]).toEqual([0, 1, 2, 2]);
    expect([...(lines?.indices ?? [])]).toEqual([0, 1]);
    expect(lines && [...lines.positions]).toEqual([2, 0, 0, 2, 1, 0]);
    expect(points && [...points.positions]).toEqual([2, 1, 0]);
  });

  test("line ends of Windows and words across lines are read", async () => {
    const lines = LEGACY_POLYDATA.replaceAll("\n", "\r\n");
    expect((await readMesh(lines)).surfaces[0]?.indices).toHaveLength(12);
    const joined = LEGACY_TETRAHEDRA.replace("POINTS 5 double\n0 0 0", "POINTS 5\ndouble 0\n0 0");
    expect((await readMesh(joined)).surfaces[0]?.indices).toHaveLength(18);
  });

  test("tetrahedra: the face that two cells share is not drawn", async () => {
    const { surfaces, lines } = await readMesh(LEGACY_TETRAHEDRA);
    expect(surfaces[0]?.indices).toHaveLength(18);
    expect([...arrayNamed(surfaces[0]?.cellArrays, "id").values]).toEqual([7, 8]);
    expect(lines?.indices).toHaveLength(2);
  });

  test("version 5.1: the count of cells is that of the offsets", async () => {
    expect([...((await readMesh(LEGACY_51)).surfaces[0]?.indices ?? [])]).toEqual([0, 1, 2, 0, 2, 3]);
  });

  test("an image of three dimensions is a volume, with colors as bytes", async () => {
    const volume = (await read(LEGACY_IMAGE)) as Volume;
    expect(volume).toMatchObject({
      kind: "volume",
      dims: [3, 2, 2],
      components: 3,
      slope: 1,
      space: "unknown",
    });
    expect(volume.affine).toEqual([1, 0, 0, 10, 0, 2, 0, 20, 0, 0, 3, 30, 0, 0, 0, 1]);
    expect([...volume.values.subarray(0, 3)]).toEqual([0, 128, 255]);
    expect(volume.warnings).toEqual(['it is shown by its array "rgb", without "cells"']);
  });

  test("binary data that looks like white space is not skipped", async () => {
    const [surface] = (await readMesh(binaryLegacy())).surfaces;
    expect([...(surface?.indices ?? [])]).toEqual([0, 1, 2]);
    expect([...arrayNamed(surface?.arrays, "s").values]).toEqual([10, 32, 255]);
  });

  test("the anatomical space of 3D Slicer and MRtrix is read from the title", async () => {
    expect((await readMesh(LEGACY_51)).space).toBeUndefined();
    expect((await readMesh(LEGACY_51.replace("vtk output", "3D Slicer output. SPACE=RAS"))).space).toBe(
      "ras",
    );
  });

  test("points without cells are shown as points", async () => {
    const [header = ""] = LEGACY_51.split("POLYGONS");
    const data = await read(header);
    expect(data.kind).toBe("points");
    expect(data.warnings).toEqual(["it has points, but no cells that can be drawn: the points are shown"]);
  });

  test("an image without values is its box, whatever its dimensions", async () => {
    const [header = ""] = LEGACY_IMAGE.split("CELL_DATA");
    const mesh = await readMesh(header.replace("3 2 2", "101 1000 1000"));
    expect(mesh.surfaces[0]?.indices).toHaveLength(36);
    expect(Math.max(...(mesh.surfaces[0]?.positions ?? [])) + mesh.origin[2]).toBe(3027);
  });
});

describe("damaged legacy VTK", () => {
  testDamaged([
    ["no encoding", LEGACY_51.replace("ASCII\n", ""), "its first three lines must be"],
    [
      "another dataset",
      LEGACY_51.replace("POLYDATA", "TABLE"),
      'datasets of the type "TABLE" cannot be shown',
    ],
    [
      "absurd counts",
      LEGACY_51.replace("POINTS 4", "POINTS 9007199254740991"),
      "the file is cut off or its header",
    ],
    ["no count", LEGACY_51.replace("POINTS 4", "POINTS -4"), "is not a count"],
    ["cut points", LEGACY_51.slice(0, 94), "the file is cut off"],
    ["a word among numbers", LEGACY_51.replace("1 1 0", "1 x 0"), '"x" at byte 90 is not a number'],
    ["offsets that descend", LEGACY_51.replace("0 3 6", "0 7 6"), "do not match"],
    ["offsets beyond the list", LEGACY_51.replace("0 3 6", "0 3 9"), "do not match"],
    ["list lengths that do not match", LEGACY_TETRAHEDRA.replace("4 0 1 2 3", "9 0 1 2 3"), "do not match"],
    [
      "points that do not exist",
      LEGACY_51.replace("0 1 2 0 2 3", "0 1 9 0 -2 3"),
      "2 of 2 cells refer to points",
    ],
    ["no types", LEGACY_TETRAHEDRA.split("CELL_TYPES")[0] ?? "", "has no CELL_TYPES"],
    [
      "too few dimensions",
      "# vtk DataFile Version 2.0\n\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 0 1 1\n",
      "nothing to draw",
    ],
  ]);

  test("arrays that are cut off or of another length are left out, with a warning", async () => {
    const { surfaces, warnings } = await readMesh(
      LEGACY_POLYDATA.slice(0, LEGACY_POLYDATA.indexOf("5 5 6 6")),
    );
    expect(surfaces[0]?.arrays?.map(({ name }) => name)).toEqual(["temperature in K", "flow", "a"]);
    expect(warnings[0]).toContain("the file is cut off");
    const other = await readMesh(LEGACY_POLYDATA.replace("a 1 6 int\n1 2", "a 1 5 int\n2"));
    expect(other.warnings).toEqual(['the array "a" has 5 values, but there are 6 points; left out']);
  });

  test("cells of an unknown type and cells with missing points are left out, with a warning", async () => {
    const unknown = await readMesh(LEGACY_TETRAHEDRA.replace("10 10 3", "10 99 3"));
    expect(unknown.warnings[0]).toContain("VTK's cell type 99");
    const invalid = await readMesh(LEGACY_TETRAHEDRA.replace("4 1 2 3 4", "4 1 2 3 5"));
    expect(invalid.warnings[0]).toBe(
      "1 of 3 cells refer to points that do not exist, or have too few; left out",
    );
    expect(invalid.surfaces[0]?.indices).toHaveLength(12);
  });
});
