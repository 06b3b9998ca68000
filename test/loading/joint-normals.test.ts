import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Surface } from "../../src/formats/data-kinds.ts";
import { prepareData } from "../../src/loading/prepare-data.ts";
import { meshData } from "./mesh-data.ts";

const GRID = 5;

/** A bumpy sheet of triangles with creases and flat regions; each triangle is in one of three surfaces. */
const sheet = fc.record({
  heights: fc.array(fc.constantFrom(0, 0.1, 0.2, 3), { minLength: GRID * GRID, maxLength: GRID * GRID }),
  owners: fc.array(fc.nat(2), { minLength: 2 * (GRID - 1) ** 2, maxLength: 2 * (GRID - 1) ** 2 }),
});

function trianglesOf(heights: readonly number[]): number[][][] {
  const point = (x: number, y: number) => [x, y, heights[GRID * y + x] ?? 0];
  const triangles: number[][][] = [];
  for (let y = 0; y + 1 < GRID; y += 1) {
    for (let x = 0; x + 1 < GRID; x += 1) {
      triangles.push([point(x, y), point(x + 1, y), point(x + 1, y + 1)]);
      triangles.push([point(x, y), point(x + 1, y + 1), point(x, y + 1)]);
    }
  }
  return triangles;
}

/** An indexed surface: its triangles share vertices. */
function indexedSurface(triangles: readonly number[][][]): Surface {
  const numbers = new Map<string, number>();
  const positions: number[] = [];
  const indices = triangles.flat().map((point) => {
    const key = point.join();
    if (!numbers.has(key)) positions.push(...point);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  return { positions: new Float32Array(positions), indices: new Uint32Array(indices) };
}

/** Position and normal of each corner. */
function cornersOf({ positions, normals, indices }: Surface): string[] {
  const corners = indices ?? Uint32Array.from({ length: positions.length / 3 }, (_, i) => i);
  const vector = (values: Float32Array | undefined, vertex: number) =>
    [...(values ?? new Float32Array()).subarray(3 * vertex, 3 * vertex + 3)]
      .map((value) => (value + 0).toFixed(3))
      .join();
  return [...corners].map((vertex) => `${vector(positions, vertex)} ${vector(normals, vertex)}`);
}

function prepared(surfaces: readonly Surface[]): readonly Surface[] {
  const data = prepareData(meshData(surfaces), { path: "test", format: "test", drafts: false }, () => {});
  return data.kind === "mesh" ? data.surfaces : [];
}

test("the normals of several indexed surfaces are equal to those of a single surface with all triangles", () => {
  fc.assert(
    fc.property(sheet, ({ heights, owners }) => {
      const triangles = trianglesOf(heights);
      const parts = [0, 1, 2].map((owner) => triangles.filter((_, i) => owners[i] === owner));
      const surfaces = prepared(parts.filter(({ length }) => length > 0).map(indexedSurface));
      const [whole] = prepared([{ positions: new Float32Array(triangles.flat(2)) }]);
      expect(surfaces.flatMap(cornersOf).sort()).toEqual(whole === undefined ? [] : cornersOf(whole).sort());
    }),
  );
});
