import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { numberedFiles } from "../../src/loading/numbered-files.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { cubeStlBinary } from "../formats/samples.ts";
import { LEGACY_POLYDATA, LEGACY_TETRAHEDRA } from "../formats/vtk/legacy-samples.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

function write(name: string, content: string | Uint8Array = ""): string {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return path;
}

const namesAfter = (name: string): string[] =>
  numberedFiles(join(directory.path, name)).map((path) => basename(path));

test("the files with higher numbers follow in the order of the numbers", () => {
  for (const name of ["m_8.vtu", "m_10.vtu", "m_9.vtu", "m_7.vtu", "m_9.vtp", "n_9.vtu", "m_9x.vtu"])
    write(name);
  expect(namesAfter("m_8.vtu")).toEqual(["m_8.vtu", "m_9.vtu", "m_10.vtu"]);
});

test("the last number of the name counts, not one of the extension", () => {
  for (const name of ["run2.step003.vtk.gz", "run2.step004.vtk.gz", "run3.step004.vtk.gz"]) write(name);
  expect(namesAfter("run2.step003.vtk.gz")).toEqual(["run2.step003.vtk.gz", "run2.step004.vtk.gz"]);
});

test("a name without a number is an error of one sentence", () => {
  expect(() => numberedFiles("/tmp/mesh.vtu")).toThrow("its name has no number");
});

test("a layer with the property series has the numbered files as time steps, of any format", async () => {
  const path = write("s0.vtk", LEGACY_TETRAHEDRA);
  write("s1.vtk", LEGACY_POLYDATA);
  const scene = await loadScene({ path, style: { series: true } });
  expect(scene.time?.count).toBe(2);
  await scene.time?.show(1);
  scene.dispose();
  write("c1.stl", cubeStlBinary());
  write("c2.stl", cubeStlBinary());
  write("c3.stl", "damaged");
  const cubes = await loadScene({ path: join(directory.path, "c1.stl"), style: { series: true } });
  expect(cubes.time?.count).toBe(3);
  await cubes.time?.show(1);
  await expect(cubes.time?.show(2) ?? Promise.resolve()).rejects.toThrow("c3.stl");
  await cubes.time?.show(0);
  cubes.dispose();
});
