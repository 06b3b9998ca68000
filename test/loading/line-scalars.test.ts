import { afterAll, expect, test } from "bun:test";
import { readData } from "../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

/** A polyline of three points and one of two that begins where the first ends, beside a triangle. */
const LINES = `# vtk DataFile Version 3.0
lines
ASCII
DATASET POLYDATA
POINTS 5 float
0 0 0  1 0 0  2 0 0  2 1 0  0 1 0
LINES 2 7
3 0 1 2
2 2 3
POLYGONS 1 4
3 0 1 4
CELL_DATA 3
SCALARS flow float 1
LOOKUP_TABLE default
10 20 30
`;

test("lines have the values of their cells, in the range of all cells, also where they share a point", async () => {
  const path = directory.write("lines.vtk", LINES);
  const request = { path, root: undefined, drafts: false, style: { colorBy: "flow", range: [10, 30] } };
  const data = await readData(request, () => {});
  if (data.kind !== "mesh") throw new Error(data.kind);
  const { positions, indices, scalars } = data.lines ?? { positions: new Float32Array() };
  const [layer] = scalars ?? [];
  const shown = Array.from({ length: indices?.length ?? positions.length / 3 }, (_, i) => {
    const vertex = indices?.[i] ?? i;
    return [(positions[3 * vertex] ?? 0) + data.origin[0], layer?.field.values[vertex]];
  });
  // x and the normalized value of both ends of each segment.
  expect(shown).toEqual([
    [0, 0],
    [1, 0],
    [1, 0],
    [2, 0],
    [2, 0.5],
    [2, 0.5],
  ]);
  expect(layer?.field.title).toBe("flow");
});
