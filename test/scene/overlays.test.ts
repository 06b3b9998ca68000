import { describe, expect, test } from "bun:test";
import type { Mesh } from "three";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { plyFile } from "../formats/ply-builder.ts";
import { CUBE_CORNERS, CUBE_QUADS } from "../formats/samples.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** A FreeSurfer file of values per vertex ("curv" format). */
function curvFile(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(15 + 4 * values.length);
  bytes.set([255, 255, 255]);
  for (const [i, header] of [values.length, 12, 1].entries()) bytes.writeInt32BE(header, 3 + 4 * i);
  for (const [i, value] of values.entries()) bytes.writeFloatBE(value, 15 + 4 * i);
  return bytes;
}

function surfaceWithValues(directory: TemporaryDirectory, count = 8) {
  const values = CUBE_CORNERS.map((_, i) => i - 3).slice(0, count);
  return {
    surface: directory.write(
      "lh.ply",
      plyFile([
        { name: "vertex", properties: ["float x", "float y", "float z"], rows: CUBE_CORNERS },
        {
          name: "face",
          properties: ["list uchar int vertex_indices"],
          rows: CUBE_QUADS.map((quad) => [quad]),
        },
      ]),
    ),
    curvature: directory.write("lh.curv", curvFile(values)),
    thickness: directory.write("lh.thickness", curvFile(values)),
  };
}

describe("files with values for the surface before them", () => {
  test("files with values for the surface before them are drawn over each other with styles of their own; the legend is that of the last", async () => {
    using directory = new TemporaryDirectory();
    const { surface, curvature, thickness } = surfaceWithValues(directory);
    const style = { range: [1, 4], threshold: [2, 9], colormap: "hot", opacity: 0.5 };
    const scene = await loadScene([surface, curvature, { path: thickness, style }]);
    const [layer, ...others] = scene.layers;
    expect(others).toEqual([]);
    expect(layer?.actor.legend).toMatchObject({ title: "lh.thickness", colormap: "hot", range: [1, 4] });
    const [mesh] = scene.object.children[0]?.children ?? [];
    expect(Object.keys((mesh as Mesh).geometry.attributes)).toContain("scalar1");
    scene.dispose();
  });

  test("values that are not hidden by others above them have a scalar bar each; curvature, which is gray, has none under others", async () => {
    using directory = new TemporaryDirectory();
    const { surface, curvature, thickness } = surfaceWithValues(directory);
    const area = directory.write("lh.area", await Bun.file(thickness).bytes());
    const titlesOf = async (...files: Parameters<typeof loadScene>[0][]): Promise<string[]> => {
      const scene = await loadScene(files.flat());
      const { legend, legendsBelow = [] } = scene.layers[0]?.actor ?? {};
      scene.dispose();
      return [legend, ...legendsBelow].map((each) => each?.title ?? "");
    };
    const above = (path: string, style = {}) => ({ path, style: { threshold: [0, 9], ...style } });
    expect(await titlesOf(surface, curvature)).toEqual(["lh.curv"]);
    expect(await titlesOf(surface, curvature, above(thickness))).toEqual(["lh.thickness"]);
    expect(await titlesOf(surface, above(thickness), above(area))).toEqual(["lh.area", "lh.thickness"]);
    expect(await titlesOf(surface, thickness, area)).toEqual(["lh.area"]);
    const translucent = { path: area, style: { opacity: 0.5 } };
    expect(await titlesOf(surface, thickness, translucent)).toEqual(["lh.area", "lh.thickness"]);
    const colored = { path: curvature, style: { colormap: "hot" } };
    expect(await titlesOf(surface, colored, above(area))).toEqual(["lh.area", "lh.curv"]);
  });

  test("must have one value per point, and only properties of values", async () => {
    using directory = new TemporaryDirectory();
    const { surface, curvature } = surfaceWithValues(directory, 7);
    await expect(loadScene([surface, curvature])).rejects.toThrow(
      "it has 7 values, but the file before it has 8 points",
    );
    const { curvature: whole } = surfaceWithValues(directory);
    const error = await loadScene([surface, { path: whole, style: { edges: true } }]).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LoadError);
    expect((error as Error).message).toContain(
      `${whole}: the property edges is not for a file with values for another file`,
    );
  });
});
