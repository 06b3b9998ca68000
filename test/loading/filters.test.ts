import { describe, expect, test } from "bun:test";
import type { Mesh, Points, Surface } from "../../src/formats/data-kinds.ts";
import { parsePlane } from "../../src/layers/plane.ts";
import { cellEdges } from "../../src/loading/cell-edges.ts";
import { chooseScalars } from "../../src/loading/choose-scalars.ts";
import { applyFilters, type FilteredData } from "../../src/loading/filters/apply-filters.ts";
import { meshData } from "./mesh-data.ts";

/** A unit square of two triangles, which are one cell, at the origin of the world. */
const square = (rest: Partial<Surface> = {}): Surface => ({
  positions: new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]),
  indices: new Uint32Array([0, 1, 2, 0, 2, 3]),
  ...rest,
});
const vectors = (values: number[]) => ({ name: "u", components: 3, values: new Float64Array(values) });
function asMesh({ data }: FilteredData): Mesh {
  if (data.kind !== "mesh") throw new Error("not a mesh");
  return data;
}

describe("a plane", () => {
  test("a plane is an axis with a position, or a normal with an offset along it", () => {
    expect(parsePlane("x=10")).toEqual({ normal: [1, 0, 0], offset: 10 });
    expect(parsePlane(" z = -2.5mm")).toEqual({ normal: [0, 0, 1], offset: -2.5 });
    expect(parsePlane("-y=10")).toMatchObject({ offset: -10 });
    expect(parsePlane("-y=10").normal[1]).toBe(-1);
    expect(parsePlane("0,3,4,10")).toEqual({ normal: [0, 0.6, 0.8], offset: 10 });
    for (const invalid of ["x", "x=", "w=1", "1,2,3", "0,0,0,1", "1,2,3,4,5", "1,,2,3", "x=1e999"])
      expect(() => parsePlane(invalid)).toThrow("is not valid: write x=10, -x=10 or the normal and offset");
  });
});

describe("warping", () => {
  test("warping moves the points by the factor of their vectors, and leaves points without a vector", () => {
    const arrays = [vectors([0, 0, 1, 0, 0, 2, Number.NaN, 0, 0, 0, 0, 4])];
    const { surfaces } = asMesh(
      applyFilters(meshData([square({ arrays, normals: new Float32Array(12) })]), {
        warp: "u",
        warpFactor: 0.5,
      }),
    );
    expect(Array.from(surfaces[0]?.positions ?? [])).toEqual([0, 0, 0.5, 1, 0, 1, 1, 1, 0, 0, 1, 2]);
    expect(surfaces[0]?.normals).toBeUndefined();
  });

  test("warping needs an array of vectors", () => {
    const arrays = [{ name: "T", components: 1, values: new Float32Array(4) }];
    expect(() => applyFilters(meshData([square({ arrays })]), { warp: "T" })).toThrow(
      'the array "T" has 1 components: vectors have 3',
    );
    expect(() => applyFilters(meshData([square({ arrays })]), { warp: "u" })).toThrow('it has no array "u"');
  });
});

describe("the section by a plane", () => {
  test("the section by a plane is lines with interpolated values of points, and those of cells, in world coordinates", () => {
    const arrays = [{ name: "x", components: 1, values: new Float32Array([0, 1, 1, 0]) }];
    const cellArrays = [{ name: "c", components: 1, values: new Float32Array([7]) }];
    const surface = square({ arrays, cellArrays, cells: new Uint32Array([0, 0]) });
    const { surfaces, lines } = asMesh(
      applyFilters(meshData([surface], { origin: [100, 0, 0] }), { slicePlane: "x=100.25" }),
    );
    expect(surfaces).toEqual([]);
    const { positions = [] } = lines ?? {};
    expect(positions.length).toBe(12);
    for (let i = 0; i < positions.length; i += 3) expect(positions[i]).toBeCloseTo(0.25, 6);
    const [x, c] = lines?.arrays ?? [];
    for (const value of x?.values ?? []) expect(value).toBeCloseTo(0.25, 6);
    expect(Array.from(c?.values ?? [])).toEqual([7, 7, 7, 7]);
  });

  test("through vertices has no gaps and no doubled lines", () => {
    const { lines } = asMesh(applyFilters(meshData([square()]), { slicePlane: "1,1,0,0.7071067811865476" }));
    const { positions = [] } = lines ?? {};
    let length = 0;
    for (let i = 0; i + 5 < positions.length; i += 6) {
      const [x = 0, y = 0, , u = 0, v = 0] = positions.slice(i);
      length += Math.hypot(u - x, v - y);
    }
    expect(length).toBeCloseTo(Math.SQRT2, 5);
  });
});

test("a plane that does not cut the surface, or hides all of it, is reported", () => {
  expect(() => applyFilters(meshData([square()]), { slicePlane: "x=2" })).toThrow(
    'the plane "x=2" does not cut it',
  );
  const { data } = applyFilters(meshData([square()], { origin: [100, 0, 0] }), { clip: "x=99" });
  expect(data.warnings).toEqual(['all of it is beyond the plane "x=99" of --clip: it is not visible']);
  expect(
    applyFilters(meshData([square()], { origin: [100, 0, 0] }), { clip: "x=100" }).data.warnings,
  ).toEqual([]);
});

describe("arrows", () => {
  test("begin at their points, along their vectors, and have the values of the points", () => {
    const arrays = [
      vectors([0, 0, 2, 0, 0, 0, 0, 2, 0, Number.NaN, 0, 0]),
      { name: "T", components: 1, values: new Float32Array([5, 6, 7, 8]) },
    ];
    const { surfaces } = asMesh(
      applyFilters(meshData([square({ arrays })]), { glyphs: "u", glyphScale: 10 }),
    );
    const arrow = surfaces[1];
    // Zero and NaN have no arrow.
    expect(new Set(arrow?.arrays?.[1]?.values)).toEqual(new Set([5, 7]));
    const zs = Array.from(arrow?.positions ?? []).filter((_, i) => i % 3 === 2);
    // 6 % of the diagonal of the square, times 10.
    expect(Math.max(...zs)).toBeCloseTo(0.6 * Math.SQRT2, 4);
    expect(arrow?.indices?.every((index) => 3 * index < (arrow.positions.length ?? 0))).toBe(true);
  });

  test("arrows do not change the range of the values, which is that of the points", () => {
    const values = Float32Array.from({ length: 4 }, (_, i) => i);
    const arrays = [vectors([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), { name: "T", components: 1, values }];
    const { data, arrows } = applyFilters(meshData([square({ arrays })]), { glyphs: "u" });
    const { surfaces } = chooseScalars(data, { style: { colorBy: "T" }, overlays: [] }, arrows);
    const [plate, arrow] = [...surfaces.values()].map(([layer]) => layer?.field);
    expect(plate?.range[1]).toBeCloseTo(2.94, 5);
    expect(arrow?.range).toEqual(plate?.range as never);
    expect(arrow?.values[0]).toBe(plate?.values[0] as never);
  });

  test("arrows are at most 5,000", () => {
    const count = 100_000;
    const positions = Float32Array.from({ length: 3 * count }, (_, i) => i % 977);
    const arrays = [{ name: "u", components: 3, values: new Float32Array(3 * count).fill(1) }];
    const points: Points = {
      kind: "points",
      origin: [0, 0, 0],
      warnings: [],
      vertices: { positions, arrays },
    };
    const data = asMesh(applyFilters(points, { glyphs: "u" }));
    expect(data.points?.positions).toBe(positions);
    expect(data.surfaces[0]?.positions.length).toBe(3 * 30 * 5000);
  });

  test("arrows of vectors of cells are at the centers of the cells", () => {
    const cellArrays = [{ name: "u", components: 3, values: new Float32Array([0, 0, 1]) }];
    const surface = square({ cellArrays, cells: new Uint32Array([0, 0]) });
    const { surfaces } = asMesh(applyFilters(meshData([surface]), { glyphs: "u" }));
    const { positions = [] } = surfaces[1] ?? {};
    expect(positions.length).toBe(3 * 30);
    expect(positions[0]).toBeCloseTo(2 / 3, 6);
  });

  test("arrows do not exist for zero vectors, and say so", () => {
    const { data } = applyFilters(meshData([square({ arrays: [vectors(Array(12).fill(0))] })]), {
      glyphs: "u",
    });
    expect(data.warnings).toEqual(['all vectors of "u" are zero: they have no arrows']);
  });
});

describe("the edges of cells", () => {
  test("the edges of cells are found once, without those within a cell", () => {
    const pairs = (edges: Uint32Array) =>
      Array.from({ length: edges.length / 2 }, (_, i) => `${edges[2 * i]}-${edges[2 * i + 1]}`).toSorted();
    expect(pairs(cellEdges(square()))).toEqual(["0-1", "0-2", "0-3", "1-2", "2-3"]);
    expect(pairs(cellEdges(square({ cells: new Uint32Array([4, 4]) })))).toEqual([
      "0-1",
      "0-3",
      "1-2",
      "2-3",
    ]);
  });

  test("take linear time where all triangles share an edge or a vertex", () => {
    const count = 200_000;
    const positions = new Float32Array(3 * (count + 2));
    const fan = Uint32Array.from({ length: 3 * count }, (_, i) =>
      i % 3 === 0 ? 0 : Math.floor(i / 3) + (i % 3),
    );
    expect(cellEdges({ positions, indices: fan }).length / 2).toBe(2 * count + 1);
    const book = Uint32Array.from({ length: 3 * count }, (_, i) =>
      i % 3 < 2 ? i % 3 : Math.floor(i / 3) + 2,
    );
    expect(cellEdges({ positions, indices: book }).length / 2).toBe(2 * count + 1);
  });
});
