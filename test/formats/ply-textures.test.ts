import { describe, expect, test } from "bun:test";
import type { BufferGeometry, Mesh, MeshLambertMaterial } from "three";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { type PlySampleElement, type PlySampleOptions, plyFile } from "./ply-builder.ts";
import { firstMesh, sampleFiles } from "./sample-files.ts";
import { checkerPng, cubePlyAscii } from "./samples.ts";

const XYZ = ["float x", "float y", "float z"];
const INDICES = "list uchar int vertex_indices";

const { load, write } = sampleFiles("ply");
const loadFile = (elements: readonly PlySampleElement[], options?: PlySampleOptions): Promise<LoadedScene> =>
  load(plyFile(elements, options));

describe("textures of PLY files", () => {
  const quad = [
    [-1, -1, 0],
    [1, -1, 0],
    [1, 1, 0],
    [-1, 1, 0],
  ];
  const uv = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  const mesh = (loaded: LoadedScene): Mesh<BufferGeometry, MeshLambertMaterial> =>
    firstMesh(loaded.object) as Mesh<BufferGeometry, MeshLambertMaterial>;

  for (const [u, v] of [
    ["s", "t"],
    ["u", "v"],
    ["texture_u", "texture_v"],
  ] as const) {
    test(`a texture is mapped by the vertex properties ${u}, ${v}`, async () => {
      write("a skin.png", checkerPng());
      const vertex = {
        name: "vertex",
        properties: [...XYZ, `float ${u}`, `float ${v}`],
        rows: quad.map((p, i) => [...p, ...(uv[i] ?? [])]),
      };
      const loaded = await loadFile(
        [vertex, { name: "face", properties: [INDICES], rows: [[[0, 1, 2, 3]]] }],
        {
          comments: ["TextureFile a skin.png"],
        },
      );
      expect(loaded.warnings).toEqual([]);
      const { material, geometry } = mesh(loaded);
      expect((material.map?.image as { width: number } | undefined)?.width).toBe(16);
      expect([...geometry.getAttribute("uv").array]).toEqual([0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1]);
    });
  }

  test("faces have per-corner texture coordinates and an image each", async () => {
    write("one.png", checkerPng(8));
    write("two.png", checkerPng(4));
    const face = {
      name: "face",
      properties: [INDICES, "list uchar float texcoord", "int texnumber"],
      rows: [
        [[0, 1, 2, 3], uv.flat(), 0],
        [[2, 1, 0], [1, 1, 1, 0, 0, 0], 1],
      ],
    };
    const loaded = await loadFile([{ name: "vertex", properties: XYZ, rows: quad }, face], {
      encoding: "binary_little_endian",
      comments: ["TextureFile one.png", "TextureFile two.png"],
    });
    expect(loaded.counts.triangles).toBe(3);
    const widths = loaded.object.children
      .flatMap((group) => group.children as Mesh<BufferGeometry, MeshLambertMaterial>[])
      .map(({ material, geometry }) => [
        (material.map?.image as { width: number } | undefined)?.width,
        [...geometry.getAttribute("uv").array].slice(0, 4),
      ]);
    expect(widths).toEqual([
      [16, [0, 0, 1, 0]],
      [8, [1, 1, 1, 0]],
    ]);
  });

  test("a missing texture has a warning, and the vertex colors are shown", async () => {
    const text = cubePlyAscii()
      .replace("comment made by a test", "comment TextureFile none.png")
      .replace("property uchar red", "property float s\nproperty float t\nproperty uchar red")
      .replaceAll(/^(-?1 -?1 -?1) (\d+ \d+ \d+)$/gm, "$1 0 0 $2");
    const loaded = await load(text);
    expect(loaded.warnings).toEqual(['texture "none.png" does not exist; shown without it']);
    expect(mesh(loaded).geometry.hasAttribute("color")).toBe(true);
  });
});
