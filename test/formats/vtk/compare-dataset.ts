import { expect } from "bun:test";
import { join } from "node:path";
import { expectSameMesh, expectSamePoints, expectSameValues } from "./compare-mesh.ts";
import { readFile, type VtkDescription } from "./vtk-peer.ts";

/** Checks that all files of a dataset have what VTK shows of it. */
export async function expectSameDataset(folder: string, expected: VtkDescription): Promise<void> {
  expect(expected.files.length).toBeGreaterThan(0);
  for (const file of expected.files) {
    // Blocks of 64 bytes end inside numbers, names and cells.
    for (const blockBytes of [undefined, 64]) {
      const data = await readFile(join(folder, file), blockBytes);
      if (data.kind === "mesh") {
        expect(data.warnings).toEqual([]);
        expectSameMesh(data, expected);
      } else if (data.kind === "streamlines") {
        expect([...data.offsets]).toEqual([0, 4, 6, 9]);
        expectSamePoints({ positions: data.positions, arrays: data.pointArrays }, data.origin, expected);
        expectSameValues(data.streamlineArrays, "cell id", expected.cellArrays);
      } else if (data.kind === "volume") {
        expect(data.dims).toEqual([4, 3, 5]);
        expect([...data.affine]).toEqual([0.5, 0, 0, -10.5, 0, 2, 0, 20, 0, 0, 1.25, 3, 0, 0, 0, 1]);
        expect([...data.values]).toEqual([...(expected.pointArrays.half ?? [])]);
      } else throw new Error(`${file} is ${data.kind}`);
    }
  }
}
