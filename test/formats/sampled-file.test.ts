import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { SampledFile } from "../../src/formats/sampled-file.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { quad } from "./gltf-quad.ts";
import { cubePlyAscii } from "./samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function samplePoints(path: string): Promise<number[]> {
  using file = new SampledFile(path);
  return (await inspectFile(path).format.samplePoints?.(path, file)) ?? [];
}

describe("SampledFile", () => {
  for (const format of ["ply", "stl", "obj", "glb"] as const) {
    test(`the sample of a large ${format} file has vertices from all parts of the file, within its bounds`, async () => {
      const path = `${directory.path}/sphere.${format}`;
      writeLargeModel(path, format, 500_000);
      const points = await samplePoints(path);
      expect(points.length / 3).toBeWithin(20_000, 300_000);
      const { bounds } = await loadScene(path);
      const sampled = [0, 1, 2].map((axis) => points.filter((_, i) => i % 3 === axis));
      for (const [axis, values] of sampled.entries()) {
        const min = values.reduce((a, b) => Math.min(a, b));
        const max = values.reduce((a, b) => Math.max(a, b));
        expect(min).toBeWithin(bounds.min.getComponent(axis) - 1e-6, bounds.min.getComponent(axis) + 0.1);
        expect(max).toBeWithin(bounds.max.getComponent(axis) - 0.1, bounds.max.getComponent(axis) + 1e-6);
      }
    });
  }

  test("of a file that is compressed with gzip, the first part is sampled", async () => {
    for (const format of ["ply", "stl", "obj"] as const) {
      const path = `${directory.path}/whole.${format}`;
      writeLargeModel(path, format, 50_000);
      const whole = await samplePoints(path);
      const compressed = directory.write(`part.${format}.gz`, Bun.gzipSync(readFileSync(path), { level: 1 }));
      using file = new SampledFile(compressed);
      expect(file.isPrefix).toBeTrue();
      const points = (await inspectFile(compressed).format.samplePoints?.(compressed, file)) ?? [];
      const known = new Set(whole);
      expect(points.length).toBeGreaterThan(3000);
      expect(points.filter((value) => known.has(value)).length).toBeGreaterThan(0.9 * points.length);
    }
  });

  test("the sample of a GLB file has the vertices where its nodes place them", async () => {
    const points = await samplePoints(
      directory.write(
        "placed.glb",
        quad((json) => {
          const half = Math.SQRT1_2;
          json.nodes = [
            { children: [1], translation: [10, 0, 0] },
            { children: [2], rotation: [0, 0, half, half] },
            { mesh: 0, matrix: [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1] },
          ];
          json.scenes = [{ nodes: [0] }];
        }),
      ),
    );
    // Scaled to 4 x 6 at z = 5, and turned by 90 degrees.
    expect(points.map(Math.round)).toEqual([13, -2, 5, 13, 2, 5, 7, 2, 5, 7, -2, 5]);
  });

  test("the sample of a text STL file has vertices from its facets", async () => {
    const facet = (x: number) =>
      `facet normal 0 0 0\nouter loop\nvertex ${x} 0 0\nvertex ${x} 1e1 0\nvertex ${x} 0 -2.5\nendloop\nendfacet\n`;
    const text = `solid a\n${Array.from({ length: 200 }, (_, x) => facet(x)).join("")}endsolid\n`;
    const points = await samplePoints(directory.write("text.stl", text));
    expect(points.length).toBeGreaterThan(900);
    expect(new Set(points.filter((_, i) => i % 3 === 2))).toEqual(new Set([0, -2.5]));
  });

  test("the sample of a file has only finite values", async () => {
    const text = "v nan 0 0\nv 1 2 inf\nv 1e39 0 0\nv 1 2 3\nv 1 2\nf 1 2 3\n";
    expect(await samplePoints(directory.write("invalid.obj", text))).toEqual([1, 2, 3]);
  });

  test("of an ASCII PLY file, vertices of the first part are sampled, and no faces", async () => {
    // One of four vertices.
    const corners = await samplePoints(directory.write("ascii.ply", cubePlyAscii()));
    expect(corners).toHaveLength(2 * 3);
    expect(corners.every((value) => Math.abs(value) === 1 || value === 0)).toBeTrue();
    const swapped =
      "ply\nformat ascii 1.0\nelement vertex 1\nproperty float z\nproperty float y\nproperty float x\n";
    const faces = "element face 1\nproperty list uchar int vertex_indices\nend_header\n3 2 1\n3 0 0 0\n";
    expect(await samplePoints(directory.write("swapped.ply", swapped + faces))).toEqual([1, 2, 3]);
  });
});
