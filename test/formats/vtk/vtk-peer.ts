import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DataArray, FileData, Mesh } from "../../../src/formats/data-kinds.ts";
import { FileSource } from "../../../src/formats/file-source.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { ReferencedFiles } from "../../../src/formats/referenced-files.ts";

export const PYTHON = "/usr/bin/python3";

/** Why VTK's own reader cannot be compared with; empty if it can. */
export const VTK_MISSING =
  existsSync(PYTHON) && existsSync("/usr/lib/python3/dist-packages/vtkmodules")
    ? ""
    : "python3-vtk9 is not installed";

/** A dataset as VTK shows it. */
export interface VtkDescription {
  readonly name: string;
  readonly files: readonly string[];
  readonly points: readonly (readonly [number, number, number])[];
  readonly pointArrays: Readonly<Record<string, readonly number[]>>;
  readonly cellArrays: Readonly<Record<string, readonly number[]>>;
  /** The id of the cell, then those of the points. */
  readonly polygons: readonly (readonly number[])[];
  readonly lines: readonly (readonly number[])[];
  readonly vertices: readonly (readonly number[])[];
}

export interface WrittenDatasets extends Disposable {
  readonly folder: string;
  readonly datasets: readonly VtkDescription[];
}

/** Writes datasets with VTK's own writers, and describes what VTK shows of them. */
export function writeDatasets(encoding: "legacy" | "xml"): WrittenDatasets {
  const folder = mkdtempSync(join(tmpdir(), "scenecast-vtk-"));
  const program = join(import.meta.dir, "write_datasets.py");
  const { stdout, stderr, exitCode } = Bun.spawnSync([PYTHON, program, folder, encoding]);
  if (exitCode !== 0) throw new Error(`VTK cannot write: ${stderr}`);
  return {
    folder,
    datasets: JSON.parse(stdout.toString()),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** Reads a file into plain data. @param blockBytes size of the blocks in which it is read */
export async function readFile(path: string, blockBytes?: number): Promise<FileData> {
  const { format } = inspectFile(path);
  await using source = await FileSource.open(path, { ...(blockBytes !== undefined && { blockBytes }) });
  return await format.read({ path, source, files: new ReferencedFiles(path) });
}

export function arrayNamed(arrays: readonly DataArray[] | undefined, name: string): DataArray {
  const array = arrays?.find((candidate) => candidate.name === name);
  if (array === undefined) throw new Error(`no array ${name} in ${arrays?.map((other) => other.name)}`);
  return array;
}

/** The triangles of a mesh: the id of the cell, then those of the points, from its arrays "cell id" and "point id". */
export function trianglesOf({ surfaces }: Mesh): number[][] {
  return surfaces.flatMap((surface) => {
    const { indices = Uint32Array.from({ length: surface.positions.length / 3 }, (_, i) => i) } = surface;
    const pointIds = arrayNamed(surface.arrays, "point id").values;
    const cellIds = arrayNamed(surface.cellArrays, "cell id").values;
    return Array.from({ length: indices.length / 3 }, (_, triangle) => [
      cellIds[surface.cells?.[triangle] ?? triangle] ?? -1,
      ...[0, 1, 2].map((corner) => pointIds[indices[3 * triangle + corner] ?? 0] ?? -1),
    ]);
  });
}
