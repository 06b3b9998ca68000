import { afterAll, beforeAll, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Box3, type Mesh, type Object3D, Vector3 } from "three";
import { colormapTable } from "../../src/layers/colormap.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { PICTURE_SIZE, renderCase } from "./picture-cases.ts";

const MODULES = "/usr/lib/python3/dist-packages";
const missing = ["nibabel", "vtkmodules"].find((name) => !existsSync(`${MODULES}/${name}`));
const testWithPeers = testIf(missing === undefined ? "" : `the Python module ${missing} is not installed`);

const directory = new TemporaryDirectory();
let show: ShowManager;
let expected: {
  area: number;
  min: number[];
  max: number[];
  sections: Record<string, { area: number; integral: number }>;
};

beforeAll(async () => {
  if (missing !== undefined) return;
  show = new ShowManager({ size: PICTURE_SIZE, background: "black", glBackend: "mesa" });
  const colors = directory.write("hot", colormapTable("hot"));
  const program = join(import.meta.dir, "programs/expected_pictures.py");
  const python = Bun.spawn(["/usr/bin/python3", program, directory.path, colors], { stderr: "pipe" });
  const [output, errors] = await Promise.all([
    new Response(python.stdout).text(),
    new Response(python.stderr).text(),
  ]);
  if ((await python.exited) !== 0) throw new Error(errors);
  expected = JSON.parse(output);
}, 60_000);
afterAll(() => {
  show?.dispose();
  directory[Symbol.dispose]();
});

/** Counts the pixels with an expected color, and those of them that are not that color within `tolerance` of 255. */
async function compare(
  name: "slice" | "mip",
  tolerance: number,
  args?: string,
): Promise<{ known: number; wrong: number }> {
  const { data } = await renderCase(show, name, args);
  const values = readFileSync(join(directory.path, `${name}.values`));
  expect(values.length).toBe(data.length);
  let [known, wrong] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    if (values[at + 3] === 0) continue;
    known += 1;
    if ([0, 1, 2].some((c) => Math.abs((data[at + c] ?? 0) - (values[at + c] ?? 0)) > tolerance)) wrong += 1;
  }
  return { known, wrong };
}

/** Area of all triangles, and the integral of their values over it, normalized to their range. */
function integrate(root: Object3D): { area: number; integral: number } {
  let [area, integral] = [0, 0];
  const [a, b, c] = [new Vector3(), new Vector3(), new Vector3()];
  root.updateWorldMatrix(true, true);
  root.traverse((object) => {
    if (!("geometry" in object)) return;
    const { geometry, matrixWorld } = object as Mesh;
    const position = geometry.getAttribute("position");
    const values = geometry.getAttribute("scalar0");
    const index = geometry.getIndex();
    if (index === null) return;
    for (let i = 0; i < index.count; i += 3) {
      const corners = [0, 1, 2].map((corner) => index.getX(i + corner));
      for (const [corner, point] of [a, b, c].entries())
        point.fromBufferAttribute(position, corners[corner] ?? 0).applyMatrix4(matrixWorld);
      const size = b.sub(a).cross(c.sub(a)).length() / 2;
      area += size;
      if (values !== undefined)
        integral += (size * corners.reduce((sum, corner) => sum + values.getX(corner), 0)) / 3;
    }
  });
  return { area, integral };
}

testWithPeers(
  "a slice of a tilted volume has the voxels that nibabel's affine gives, in every pixel",
  async () => {
    const { known, wrong } = await compare("slice", 2);
    expect(known).toBeGreaterThan(8000);
    expect(wrong).toBe(0);
  },
);

testWithPeers("a maximum intensity picture has the largest voxel along each ray, by numpy", async () => {
  const { known, wrong } = await compare(
    "mip",
    8,
    "stat.nii.gz --mip --colormap hot --range 0,6 --no-scalar-bar --no-letters",
  );
  expect(known).toBeGreaterThan(500);
  expect(wrong / known).toBeLessThan(0.02);
});

testWithPeers("an isosurface has the area and the bounds of VTK's", async () => {
  const path = join(import.meta.dir, "files/head.nii.gz");
  const scene = await loadScene({ path, style: { iso: 400 } });
  const { area } = integrate(scene.object);
  const bounds = new Box3().setFromObject(scene.object, true);
  // Cells with ambiguous faces are divided in another way.
  expect(Math.abs(area / expected.area - 1)).toBeLessThan(0.005);
  for (const [axis, name] of (["x", "y", "z"] as const).entries()) {
    expect(bounds.min[name]).toBeCloseTo(expected.min[axis] ?? Number.NaN, 3);
    expect(bounds.max[name]).toBeCloseTo(expected.max[axis] ?? Number.NaN, 3);
  }
  scene.dispose();
});

for (const [name, colorBy, slicePlane] of [
  ["beam.vtu", "temperature", "0.3,-0.8,0.6,0.7"],
  ["cells.vtu", "field", "0.02,0.3,1,0.55"],
] as const) {
  testWithPeers(`a section through the cells of ${name} has the area and the values of VTK's`, async () => {
    const folder = name === "beam.vtu" ? join(import.meta.dir, "files") : directory.path;
    const scene = await loadScene({
      path: join(folder, name),
      style: { colorBy, slicePlane, range: [0, 100] },
    });
    const { area, integral } = integrate(scene.object);
    expect(area / (expected.sections[name]?.area ?? 0)).toBeCloseTo(1, 4);
    expect((100 * integral) / (expected.sections[name]?.integral ?? 0)).toBeCloseTo(1, 4);
    scene.dispose();
  });
}
