import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileData, Mesh, Volume } from "../../../src/formats/data-kinds.ts";
import { FileSource } from "../../../src/formats/file-source.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { ReferencedFiles } from "../../../src/formats/referenced-files.ts";
import { loadScene } from "../../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { LEGACY_POLYDATA, LEGACY_TETRAHEDRA } from "./legacy-samples.ts";
import { arrayNamed } from "./vtk-peer.ts";
import { PVD, SERIES, vtuFile } from "./xml-samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
  mkdirSync(join(directory.path, "steps"));
  write("steps/a.vtu", vtuFile());
  write("steps/b.vtu", vtuFile({ mode: "raw", pieces: 2 }));
  write("steps/c.vtk", LEGACY_TETRAHEDRA);
  write("steps/d.vtk", LEGACY_POLYDATA);
});
afterAll(() => directory[Symbol.dispose]());

function write(name: string, content: string | Uint8Array): string {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return path;
}

async function read(name: string, content: string, step?: number): Promise<FileData> {
  const path = write(name, content);
  await using source = await FileSource.open(path);
  return await inspectFile(path).format.read({ path, source, files: new ReferencedFiles(path), step });
}

test("the steps of a PVD file, in the order of their times", async () => {
  const first = (await read("a.pvd", PVD)) as Mesh;
  expect(first.steps).toEqual({ count: 2, seconds: [0.5, 2] });
  expect(first.surfaces[0]?.indices).toHaveLength(18);
  const second = (await read("a.pvd", PVD, 1)) as Mesh;
  expect(second.surfaces[0]?.indices).toHaveLength(36);
});

test("the steps of a ParaView series", async () => {
  const second = (await read("a.vtk.series", SERIES, 1)) as Mesh;
  expect(second.steps).toEqual({ count: 2, seconds: [0, 7] });
  expect(second.surfaces[0]?.indices).toHaveLength(12);
});

test("the blocks of a multi-block file become one mesh; one that is missing is left out, with a warning", async () => {
  const blocks = ["steps/a.vtu", "steps/c.vtk", "steps/d.vtk", "steps/none.vtu"].map(
    (file, i) => `<Block index="${i}"><DataSet index="0" file="${file}"/></Block>`,
  );
  const mesh = (await read(
    "a.vtm",
    `<VTKFile type="vtkMultiBlockDataSet"><vtkMultiBlockDataSet>${blocks.join("")}</vtkMultiBlockDataSet></VTKFile>`,
  )) as Mesh;
  expect(mesh.surfaces[0]?.indices).toHaveLength(18 + 18 + 12);
  expect(mesh.steps).toBeUndefined();
  expect(mesh.warnings[0]).toBe('"steps/none.vtu" does not exist; left out');
});

test("the pieces of a parallel image become one volume", async () => {
  const piece = (extent: string, values: string): string =>
    `<VTKFile type="ImageData"><ImageData WholeExtent="${extent}" Origin="5 0 0" Spacing="1 1 1"><Piece Extent="${extent}"><PointData><DataArray type="Int16" Name="s" format="ascii">${values}</DataArray></PointData></Piece></ImageData></VTKFile>`;
  write("steps/0.vti", piece("0 1 0 1 0 1", "0 1 10 11 100 101 110 111"));
  write("steps/1.vti", piece("1 2 0 1 0 1", "1 2 11 12 101 102 111 112"));
  const pieces =
    '<Piece Extent="0 1 0 1 0 1" Source="steps/0.vti"/><Piece Extent="1 2 0 1 0 1" Source="steps/1.vti"/>';
  const volume = (await read(
    "a.pvti",
    `<VTKFile type="PImageData"><PImageData WholeExtent="0 2 0 1 0 1">${pieces}</PImageData></VTKFile>`,
  )) as Volume;
  expect([...volume.values]).toEqual([0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]);
});

test("collections of collections are read relative to their files, and loops end", async () => {
  write(
    "steps/inner.pvtu",
    '<VTKFile type="PUnstructuredGrid"><PUnstructuredGrid><Piece Source="a.vtu"/><Piece Source="a.vtu"/></PUnstructuredGrid></VTKFile>',
  );
  const mesh = (await read("outer.pvd", PVD.replace("steps/a.vtu", "steps/inner.pvtu"))) as Mesh;
  expect([...arrayNamed(mesh.surfaces[0]?.cellArrays, "id").values]).toEqual([7, 8, 7, 8]);
  const loop = read(
    "loop.vtm",
    '<VTKFile type="vtkMultiBlockDataSet"><vtkMultiBlockDataSet><DataSet file="loop.vtm"/></vtkMultiBlockDataSet></VTKFile>',
  );
  await expect(loop).rejects.toThrow("it is in too many collections of collections");
});

test("a collection without files, or with none that can be read, is an error of one sentence", async () => {
  await expect(read("a.pvd", '<VTKFile type="Collection"><Collection/></VTKFile>')).rejects.toThrow(
    "it names no files",
  );
  await expect(read("a.pvd", PVD.replaceAll("steps/", "nowhere/"))).rejects.toThrow(
    '"nowhere/a.vtu" does not exist',
  );
  await expect(read("a.series", '{"file-series-version": "1.0"')).rejects.toThrow("it is no valid JSON");
});

test("a scene of a PVD file shows the step that was requested last", async () => {
  const scene = await loadScene({ path: write("scene.pvd", PVD), style: { colorBy: "T" } });
  const triangles = (): number => {
    let count = 0;
    scene.object.traverse((object) => {
      if ("geometry" in object)
        count += (object.geometry as { index: { count: number } | null }).index?.count ?? 0;
    });
    return count / 3;
  };
  expect(scene.time).toMatchObject({ count: 2, seconds: [0.5, 2] });
  const first = triangles();
  await scene.time?.show(1);
  expect(triangles()).toBe(2 * first);
  await Promise.all([scene.time?.show(0), scene.time?.show(1), scene.time?.show(0)]);
  expect(triangles()).toBe(first);
  scene.dispose();
});
