import { expect, test } from "bun:test";
import fc from "fast-check";
import { findOuterFaces } from "../../../src/native/outer-faces.ts";

const TETRAHEDRON = 10;
const WEDGE = 13;
const POLYHEDRON = 42;
const FACES = new Map([
  [
    TETRAHEDRON,
    [
      [0, 1, 3],
      [1, 2, 3],
      [2, 0, 3],
      [0, 2, 1],
    ],
  ],
  [
    WEDGE,
    [
      [0, 1, 2],
      [3, 5, 4],
      [0, 3, 4, 1],
      [1, 4, 5, 2],
      [2, 5, 3, 0],
    ],
  ],
]);

interface Cell {
  readonly type: number;
  readonly list: readonly number[];
}

/** Faces of a cell: their numbers, and their vertices. */
function facesOf(
  { type, list }: Cell,
  start: number,
): { readonly number: number; readonly vertices: readonly number[] }[] {
  if (type !== POLYHEDRON) {
    return (FACES.get(type) ?? []).map((nodes, number) => ({
      number,
      vertices: nodes.map((node) => list[node] ?? -1),
    }));
  }
  const faces = [];
  for (let at = 1; at < list.length; at += 1 + (list[at] ?? 0)) {
    faces.push({ number: start + at, vertices: list.slice(at + 1, at + 1 + (list[at] ?? 0)) });
  }
  return faces;
}

/** Reference: the faces whose vertices, in any order, occur once. */
function expectedFaces(cells: readonly Cell[]): string[] {
  const found = new Map<string, string[]>();
  let start = 0;
  for (const [cell, { type, list }] of cells.entries()) {
    for (const { number, vertices } of facesOf({ type, list }, start)) {
      const key = [...vertices].sort((a, b) => a - b).join(" ");
      found.set(key, [...(found.get(key) ?? []), `${cell}:${number}`]);
    }
    start += list.length;
  }
  return [...found.values()].flatMap((faces) => (faces.length === 1 ? faces : [])).sort();
}

function actualFaces(cells: readonly Cell[], points: number): { faces: string[]; invalidCells: number } {
  const offsets = new Uint32Array(cells.length + 1);
  for (const [i, { list }] of cells.entries()) offsets[i + 1] = (offsets[i] ?? 0) + list.length;
  const connectivity = Uint32Array.from(cells.flatMap(({ list }) => list));
  const types = Uint8Array.from(cells, ({ type }) => type);
  const outer = findOuterFaces({ connectivity, offsets, types, points }, FACES);
  const faces = Array.from(outer.cells, (cell, i) => `${cell}:${outer.numbers[i]}`).sort();
  return { faces, invalidCells: outer.invalidCells };
}

/** Distinct vertices, so that the reference and a hash of more than four vertices agree. */
const corners = (count: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(8), { minLength: count, maxLength: count });

const cell: fc.Arbitrary<Cell> = fc.oneof(
  corners(4).map((list) => ({ type: TETRAHEDRON, list })),
  corners(6).map((list) => ({ type: WEDGE, list })),
  fc.array(fc.integer({ min: 3, max: 6 }).chain(corners), { minLength: 1, maxLength: 4 }).map((faces) => ({
    type: POLYHEDRON,
    list: [faces.length, ...faces.flatMap((face) => [face.length, ...face])],
  })),
  corners(3).map((list) => ({ type: 5, list })),
);

test("the outer faces of any cells are those whose vertices occur once", () => {
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 60 }), (cells) => {
      expect(actualFaces(cells, 9)).toEqual({ faces: expectedFaces(cells), invalidCells: 0 });
    }),
    { numRuns: 300 },
  );
});

test("a vertex with thousands of faces takes linear time, and its shared faces are found", () => {
  const cells = Array.from({ length: 50_000 }, (_, i) => ({
    type: TETRAHEDRON,
    list: [0, i + 1, i + 2, i + 3],
  }));
  const { faces } = actualFaces(cells, 50_003);
  // Each cell shares one face with the next.
  expect(faces.length).toBe(4 * 50_000 - 2 * 49_999);
});

test("cells with vertices that do not exist or too few are left out", () => {
  const tetrahedron = { type: TETRAHEDRON, list: [0, 1, 2, 3] };
  expect(
    actualFaces(
      [tetrahedron, { type: TETRAHEDRON, list: [0, 1, 2, 4] }, { type: WEDGE, list: [0, 1, 2] }],
      4,
    ),
  ).toEqual({
    faces: ["0:0", "0:1", "0:2", "0:3"],
    invalidCells: 2,
  });
  expect(actualFaces([{ type: POLYHEDRON, list: [2, 3, 0, 1, 2, 9, 1] }], 4)).toEqual({
    faces: [],
    invalidCells: 1,
  });
});
