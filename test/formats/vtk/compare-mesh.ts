import { expect } from "bun:test";
import type { DataArray, Lines, Mesh, Vertices } from "../../../src/formats/data-kinds.ts";
import { arrayNamed, trianglesOf, type VtkDescription } from "./vtk-peer.ts";

/** Checks that a mesh has the faces, lines, vertices and values of the same dataset in VTK. */
export function expectSameMesh(mesh: Mesh, expected: VtkDescription): void {
  expectSamePolygons(trianglesOf(mesh), expected.polygons, expected.name === "quadratic");
  expect(segmentsOf(mesh.lines)).toEqual(
    expected.lines.flatMap(([, ...ids]) => ids.slice(1).map((id, i) => [ids[i] ?? -1, id])).sort(byNumbers),
  );
  expect(idsOf(mesh.points).sort((a, b) => a - b)).toEqual(
    expected.vertices.flatMap(([, ...ids]) => ids).sort((a, b) => a - b),
  );
  for (const surface of mesh.surfaces) {
    expectSamePoints(surface, mesh.origin, expected);
    expectSameValues(surface.cellArrays, "cell id", expected.cellArrays);
  }
  if (mesh.lines !== undefined) {
    expectSameValues(mesh.lines.cellArrays, "cell id", expected.cellArrays);
    expect(segmentCells(mesh.lines)).toEqual(
      expected.lines.flatMap(([cell = -1, ...ids]) => ids.slice(1).map(() => cell)).sort((a, b) => a - b),
    );
  }
  for (const part of [mesh.lines, mesh.points])
    if (part !== undefined) expectSamePoints(part, mesh.origin, expected);
}

/** Checks positions and arrays of vertices by their array "point id". */
export function expectSamePoints(
  { positions, arrays }: Pick<Vertices, "positions" | "arrays">,
  origin: readonly number[],
  expected: VtkDescription,
): void {
  const ids = arrayNamed(arrays, "point id").values;
  ids.forEach((id, i) => {
    for (const axis of [0, 1, 2]) {
      const value = (positions[3 * i + axis] ?? Number.NaN) + (origin[axis] ?? 0);
      expect(value).toBeCloseTo(expected.points[id]?.[axis] ?? Number.NaN, 4);
    }
  });
  expectSameValues(arrays, "point id", expected.pointArrays);
}

export function expectSameValues(
  arrays: readonly DataArray[] | undefined,
  idName: string,
  expected: Readonly<Record<string, readonly number[]>>,
): void {
  const ids = arrayNamed(arrays, idName).values;
  expect(arrays?.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
  for (const { name, components, values } of arrays ?? []) {
    const wanted = Array.from(ids).flatMap((id) =>
      Array.from({ length: components }, (_, k) => expected[name]?.[components * id + k]),
    );
    expect({ name, values: Array.from(values) }).toEqual({ name, values: wanted as number[] });
  }
}

/** Every polygon of n corners must be n - 2 triangles of its cell and its corners. */
function expectSamePolygons(
  triangles: number[][],
  polygons: readonly (readonly number[])[],
  isCurved: boolean,
): void {
  const byCell = (list: readonly (readonly number[])[]): Map<number, (readonly number[])[]> => {
    const groups = new Map<number, (readonly number[])[]>();
    for (const [cell = -1, ...points] of list) groups.set(cell, [...(groups.get(cell) ?? []), points]);
    return groups;
  };
  const expected = byCell(polygons);
  const found = byCell(triangles);
  expect([...found.keys()].sort((a, b) => a - b)).toEqual([...expected.keys()].sort((a, b) => a - b));
  for (const [cell, faces] of expected) {
    const rest = [...(found.get(cell) ?? [])];
    if (isCurved) {
      // VTK divides curved faces along other diagonals.
      expect(rest.length).toBe(faces.length);
      expect(new Set(rest.flat())).toEqual(new Set(faces.flat()));
      continue;
    }
    for (const face of faces) {
      const inside = rest.filter((triangle) => triangle.every((point) => face.includes(point)));
      expect(inside.length).toBe(face.length - 2);
      for (const triangle of inside) rest.splice(rest.indexOf(triangle), 1);
    }
    expect(rest).toEqual([]);
  }
}

function idsOf(vertices: Vertices | undefined): number[] {
  if (vertices === undefined) return [];
  const ids = arrayNamed(vertices.arrays, "point id").values;
  return Array.from(vertices.indices ?? ids.keys(), (index) => ids[index] ?? -1);
}

function segmentsOf(lines: Vertices | undefined): number[][] {
  const ids = idsOf(lines);
  return ids.flatMap((id, i) => (i % 2 === 0 ? [[id, ids[i + 1] ?? -1]] : [])).sort(byNumbers);
}

/** The cell of each segment, by the array "cell id". */
function segmentCells({ positions, indices, cells, cellArrays }: Lines): number[] {
  const ids = arrayNamed(cellArrays, "cell id").values;
  const count = (indices?.length ?? positions.length / 3) / 2;
  return Array.from({ length: count }, (_, i) => ids[cells?.[i] ?? i] ?? -1).sort((a, b) => a - b);
}

function byNumbers(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}
