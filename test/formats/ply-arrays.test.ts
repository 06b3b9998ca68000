import { describe, expect, test } from "bun:test";
import type { Mesh, Points } from "../../src/formats/data-kinds.ts";
import { loadFile } from "../../src/loading/load-file.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { type PlyEncoding, type PlySampleElement, plyFile } from "./ply-builder.ts";
import { CUBE_CORNERS, CUBE_QUADS } from "./samples.ts";

async function read(elements: readonly PlySampleElement[], encoding: PlyEncoding): Promise<Mesh | Points> {
  using directory = new TemporaryDirectory();
  const path = directory.write("values.ply", plyFile(elements, { encoding }));
  const data = await loadFile({ path, root: undefined, drafts: false }, () => {});
  if (data.kind !== "mesh" && data.kind !== "points") throw new Error("no vertices");
  return data;
}

describe.each(["ascii", "binary_little_endian", "binary_big_endian"] as const)(
  "properties of a PLY file: %s",
  (encoding) => {
    const vertices: PlySampleElement = {
      name: "vertex",
      properties: [
        "float x",
        "float y",
        "float z",
        "double quality",
        "uchar red",
        "uchar green",
        "uchar blue",
        "uint id",
      ],
      rows: CUBE_CORNERS.map((corner, i) => [
        ...corner,
        i === 3 ? 1e299 : i / 3,
        255,
        0,
        0,
        4_000_000_000 + i,
      ]),
    };
    const faces: PlySampleElement = {
      name: "face",
      properties: ["list uchar int vertex_indices", "float flag"],
      rows: CUBE_QUADS.map((quad, i) => [quad, 10 * i]),
    };

    test("further properties of vertices and faces are arrays, in full precision", async () => {
      const data = await read([vertices, faces], encoding);
      const [surface] = data.kind === "mesh" ? data.surfaces : [];
      expect(surface?.arrays?.map(({ name }) => name)).toEqual(["quality", "id"]);
      const [quality, id] = surface?.arrays ?? [];
      expect(Array.from(quality?.values ?? [])).toEqual(
        CUBE_CORNERS.map((_, i) => (i === 3 ? 1e299 : i / 3)),
      );
      expect(Array.from(id?.values ?? [])).toEqual(CUBE_CORNERS.map((_, i) => 4_000_000_000 + i));
      expect(surface?.cellArrays?.map(({ name, values }) => [name, ...values])).toEqual([
        ["flag", 0, 10, 20, 30, 40, 50],
      ]);
      expect(Array.from(surface?.cells ?? [])).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    });

    test("further properties of a point cloud are arrays of its points, which are shown only on request", async () => {
      const data = await read([vertices], encoding);
      const shown = data.kind === "points" ? data.vertices : undefined;
      expect(shown?.arrays?.map(({ name, isAuxiliary }) => [name, isAuxiliary])).toEqual([
        ["quality", true],
        ["id", true],
      ]);
      expect(shown).toMatchObject({ scalars: [] });
    });
  },
);

test("the parameters of Gaussian splats are not arrays: there are too many of them", async () => {
  const rest = Array.from({ length: 45 }, (_, i) => `float f_rest_${i}`);
  const own = [
    "float f_dc_0",
    "float f_dc_1",
    "float f_dc_2",
    "float opacity",
    "float rot_0",
    "float scale_0",
  ];
  const properties = ["float x", "float y", "float z", ...own, ...rest];
  const rows = [properties.map(() => 0)];
  const data = await read([{ name: "vertex", properties, rows }], "binary_little_endian");
  expect(data.kind === "points" ? data.vertices.arrays : "").toBeUndefined();
});
