import { afterAll, describe, expect, test } from "bun:test";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { readData, readFile } from "../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

/** A grid of 2 x 2 x 2 cells from 0 to 2, at an offset, with x as an array of the points, and the number of each cell. */
const grid = (offset = 0): string => {
  const numbers = Array.from({ length: 27 }, (_, i) => i);
  const axis = [0, 1, 2].map((value) => value + offset).join(" ");
  return `# vtk DataFile Version 3.0
grid
ASCII
DATASET RECTILINEAR_GRID
DIMENSIONS 3 3 3
X_COORDINATES 3 double
${axis}
Y_COORDINATES 3 double
0 1 2
Z_COORDINATES 3 double
0 1 2
POINT_DATA 27
SCALARS x double 1
LOOKUP_TABLE default
${numbers.map((i) => (i % 3) + offset).join(" ")}
VECTORS u double
${numbers.map(() => "0.25 0 0").join("\n")}
CELL_DATA 8
SCALARS number double 1
LOOKUP_TABLE default
0 1 2 3 4 5 6 7
`;
};

/** A tetrahedron, and a triangle beside it. */
const MIXED = `# vtk DataFile Version 3.0
mixed
ASCII
DATASET UNSTRUCTURED_GRID
POINTS 7 float
0 0 0  2 0 0  0 2 0  0 0 2  5 0 0  7 0 0  5 0 2
CELLS 2 9
4 0 1 2 3
3 4 5 6
CELL_TYPES 2
10 5
`;

async function surfacesOf(content: string, style: LayerStyle) {
  const path = directory.write("cells.vtk", content);
  const data = await readData({ path, root: undefined, drafts: false, style }, () => {});
  if (data.kind !== "mesh") throw new Error(`it is read as ${data.kind}`);
  const surfaces = data.surfaces.map(({ positions, indices, scalars = [] }) => {
    const points = Array.from({ length: positions.length / 3 }, (_, i) =>
      [0, 1, 2].map((axis) => (positions[3 * i + axis] ?? 0) + (data.origin[axis] ?? 0)),
    );
    let area = 0;
    for (let i = 0; i < (indices?.length ?? 0); i += 3) {
      const [a = [], b = [], c = []] = [0, 1, 2].map((corner) => points[indices?.[i + corner] ?? 0]);
      const [u, v] = [b, c].map((end) => end.map((value, axis) => value - (a[axis] ?? 0)));
      const [ux = 0, uy = 0, uz = 0] = u ?? [];
      const [vx = 0, vy = 0, vz = 0] = v ?? [];
      area += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
    }
    return { points, area, values: scalars[0]?.field.values };
  });
  return { surfaces, lines: data.lines, warnings: data.warnings };
}

describe("a section through cells with a volume", () => {
  test("a plane shows the section of the cells, with the values of points and cells", async () => {
    const style = { slicePlane: "x=0.5", colorBy: "x", range: [0, 1] };
    const { surfaces, lines } = await surfacesOf(grid(), style);
    expect([surfaces.length, lines]).toEqual([1, undefined]);
    expect(surfaces[0]?.area).toBeCloseTo(4, 6);
    expect(surfaces[0]?.points.every(([x]) => x === 0.5)).toBe(true);
    expect(surfaces[0]?.values?.every((value) => value === 0.5)).toBe(true);
    const ofCells = await surfacesOf(grid(), { ...style, colorBy: "number", range: [0, 8] });
    const numbers = new Set(Array.from(ofCells.surfaces[0]?.values ?? [], (value) => 8 * value));
    expect([...numbers].toSorted()).toEqual([0, 2, 4, 6]);
  });

  test("a plane through the faces of cells has the section once", async () => {
    const { surfaces } = await surfacesOf(grid(), { slicePlane: "x=1" });
    expect(surfaces[0]?.area).toBeCloseTo(4, 6);
  });

  test("a mesh of cells is closed where it is clipped, also far from the origin of the world", async () => {
    for (const offset of [0, 5_400_000]) {
      const { surfaces } = await surfacesOf(grid(offset), { clip: `x=${offset + 0.5}` });
      const [outside, cap] = surfaces;
      expect(outside?.area).toBeCloseTo(24, 5);
      expect(cap?.area).toBeCloseTo(4, 5);
      // On the visible side of the plane.
      for (const [x = 0] of cap?.points ?? []) {
        expect(x - offset).toBeLessThan(0.5);
        expect(x - offset).toBeGreaterThan(0.499);
      }
    }
  });

  test("cells are moved by vectors before they are cut", async () => {
    const style = { warp: "u", warpFactor: 2, slicePlane: "x=0.75", colorBy: "x", range: [0, 1] };
    const { surfaces } = await surfacesOf(grid(), style);
    expect(surfaces[0]?.area).toBeCloseTo(4, 6);
    expect(surfaces[0]?.values?.every((value) => value === 0.25)).toBe(true);
  });

  test("surfaces beside the cells become lines", async () => {
    const { surfaces, lines } = await surfacesOf(MIXED, { slicePlane: "z=1" });
    expect(surfaces[0]?.area).toBeCloseTo(0.5, 6);
    const xs = Array.from(lines?.positions ?? []).filter((_, i) => i % 3 === 0);
    expect(xs.some((x) => x > 1)).toBe(true);
  });

  test("a plane that cuts nothing is an error, and one that hides nothing adds nothing", async () => {
    await expect(surfacesOf(grid(), { slicePlane: "x=5" })).rejects.toThrow(
      'the plane "x=5" does not cut it',
    );
    expect((await surfacesOf(grid(), { clip: "x=5" })).surfaces.length).toBe(1);
  });

  test("cells are not kept in memory without a plane", async () => {
    const data = await readFile(directory.write("cells.vtk", MIXED), undefined);
    expect(data.kind === "mesh" && data.solidCells).toBeUndefined();
  });
});
