import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { DataArray, Mesh, Surface } from "../../src/formats/data-kinds.ts";
import { chooseScalars, type ScalarStyles } from "../../src/loading/choose-scalars.ts";
import { coarseMesh } from "../../src/loading/coarse-mesh.ts";
import { prepareData } from "../../src/loading/prepare-data.ts";
import { assignProvokingVertices } from "../../src/loading/provoking-vertices.ts";
import { meshData } from "./mesh-data.ts";

function prepare(data: Mesh, styles: Partial<ScalarStyles> = {}, drafts = true) {
  const scalars = chooseScalars(data, { style: {}, overlays: [], ...styles });
  const prepared = prepareData(data, { path: "made.vtk", format: "VTK", drafts, scalars }, () => {});
  if (prepared.kind !== "mesh") throw new Error("not a mesh");
  return { ...prepared, warnings: scalars.warnings };
}

/** A field of squares on the x-y plane with steps in z: it has creases. @param size squares along x and y */
function steps(size: number): { positions: Float32Array; indices: Uint32Array } {
  const side = size + 1;
  const positions = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; i += 1)
    positions.set([i % side, Math.floor(i / side), (i % 3) * 2], 3 * i);
  const indices = new Uint32Array(6 * size * size);
  for (let i = 0; i < size * size; i += 1) {
    const a = Math.floor(i / size) * side + (i % size);
    indices.set([a, a + 1, a + side, a + 1, a + side + 1, a + side], 6 * i);
  }
  return { positions, indices };
}

/** Values that tell the position: x + 1000 y. */
const positionValues = (positions: Float32Array): DataArray => ({
  name: "v",
  components: 1,
  values: Float64Array.from(
    { length: positions.length / 3 },
    (_, i) => (positions[3 * i] ?? 0) + 1000 * (positions[3 * i + 1] ?? 0),
  ),
});

describe("values of points", () => {
  test("values of points follow the vertices that are separated at creases", () => {
    const { positions, indices } = steps(8);
    const { surfaces } = prepare(meshData([{ positions, indices, arrays: [positionValues(positions)] }]), {
      style: { range: [0, 1] },
    });
    const [surface] = surfaces;
    const values = surface?.scalars?.[0]?.field.values ?? [];
    expect(values.length).toBeGreaterThan(81);
    expect(values.length).toBe((surface?.positions.length ?? 0) / 3);
    expect(Array.from(values)).toEqual(
      Array.from(positionValues(surface?.positions ?? new Float32Array()).values),
    );
  });

  test("values of points follow the vertices of levels of detail and of the coarse version", () => {
    // The same triangles many times: a coarse version is only made of 10 million.
    const { positions, indices: once } = steps(300);
    const indices = new Uint32Array(60 * once.length);
    for (let i = 0; i < 60; i += 1) indices.set(once, i * once.length);
    const data = meshData([{ positions, indices, arrays: [positionValues(positions)] }]);
    const coarse = coarseMesh(data, chooseScalars(data, { style: { range: [0, 1e6] }, overlays: [] }));
    const [coarsest] = coarse?.surfaces ?? [];
    const scaled = Float32Array.from(
      positionValues(coarsest?.positions ?? new Float32Array()).values,
      (v) => v / 1e6,
    );
    expect(scaled.length).toBeGreaterThan(1000);
    expect(coarsest?.scalars?.[0]?.field.values).toEqual(scaled);
  }, 20_000);

  test("values of points have a range that is common to all parts, and parts without the array keep their color", () => {
    const part = (values: number[]): Surface => ({
      positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]),
      arrays: [{ name: "T", components: 1, values: new Float32Array(values) }],
    });
    const plain = { positions: new Float32Array([0, 0, 1, 1, 0, 1, 0, 1, 1]) };
    const { surfaces } = prepare(meshData([part([0, 5, 5]), part([5, 10, 5]), plain]), {
      style: { colorBy: "T" },
    });
    const fields = surfaces.map(({ scalars }) => scalars?.[0]?.field);
    expect(fields[0]?.range).toEqual(fields[1]?.range as never);
    expect(fields[0]?.values[1]).toBe(fields[1]?.values[0] ?? -1);
    expect(fields[2]).toBeUndefined();
  });

  test("values of points of NaN only are reported, and the surface is shown without them", () => {
    const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
    const arrays = [{ name: "T", components: 1, values: new Float32Array(3).fill(Number.NaN) }];
    const { surfaces, warnings } = prepare(meshData([{ positions, arrays }]), { style: { colorBy: "T" } });
    expect(surfaces[0]?.scalars).toEqual([]);
    expect(warnings).toEqual([
      'the array "T" has no values to color by: all are infinite, not a number (NaN) or without a label',
    ]);
  });

  test("values of points that are fewer than the points are an error", () => {
    const positions = new Float32Array(9);
    const arrays = [{ name: "T", components: 1, values: new Float32Array(2) }];
    expect(() => prepare(meshData([{ positions, arrays }]), { style: { colorBy: "T" } })).toThrow(
      'the array "T" has 2 values for 3 points',
    );
  });

  test("values of points with labels are those of most corners of each triangle", () => {
    const labels = [1, 2].map((value) => ({ value, name: `${value}`, color: [1, value - 1, 0, 1] as const }));
    const arrays = [{ name: "parcels", components: 1, values: new Uint8Array([1, 1, 2, 2]), labels }];
    const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]);
    const { surfaces } = prepare(
      meshData([{ positions, indices: new Uint32Array([0, 1, 2, 1, 3, 2]), arrays }]),
    );
    const { field, flat } = surfaces[0]?.scalars?.[0] ?? {};
    expect(flat).toBe(true);
    expect(lastCorners(surfaces[0]?.indices, field?.values)).toEqual([0.25, 0.75]);
  });
});

test("the sources of a surface lead from its vertices to those of the file", () => {
  const { positions, indices } = steps(8);
  const cellArrays = [{ name: "c", components: 1, values: new Float32Array(128).map((_, i) => i) }];
  const { surfaces } = prepare(meshData([{ positions, indices, cellArrays }]));
  const { sources = [], positions: all = [] } = surfaces[0] ?? {};
  expect(3 * (81 + sources.length)).toBe(all.length);
  for (let i = 81; i < all.length / 3; i += 1) {
    let vertex = i;
    while (vertex >= 81) vertex = sources[vertex - 81] ?? 0;
    expect(Array.from(all.slice(3 * i, 3 * i + 3))).toEqual(
      Array.from(positions.subarray(3 * vertex, 3 * vertex + 3)),
    );
  }
});

describe("the outlines of labels", () => {
  test("the outlines of labels are the triangles at the edges between two labels", () => {
    const { positions, indices } = steps(10);
    const labels = [1, 2].map((value) => ({ value, name: `${value}`, color: [1, 0, 0, 1] as const }));
    // Points from x = 5 on have another label.
    const values = Uint8Array.from({ length: 121 }, (_, i) => (i % 11 < 5 ? 1 : 2));
    const arrays = [{ name: "parcels", components: 1, values, labels }];
    const styles = { style: { outline: true } };
    const { surfaces } = prepare(meshData([{ positions, indices, arrays }]), styles);
    const shown = lastCorners(surfaces[0]?.indices, surfaces[0]?.scalars?.[0]?.field.values);
    const xs = shown.flatMap((value, triangle) => (value > 0 ? [Math.floor(triangle / 2) % 10] : []));
    // Squares 4 contain the edge; those beside it have two vertices on it.
    expect(new Set(xs)).toEqual(new Set([3, 4, 5]));
    expect(xs.length).toBeGreaterThanOrEqual(20);
    expect(surfaces[0]?.scalars?.[0]?.discards).toBe(false);
  });
});

describe("values of cells", () => {
  test("values of cells are at the last corner of each triangle, whose shape and winding stay", () => {
    const triangle = fc.uniqueArray(fc.nat(11), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(triangle, { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }),
        (triangles, keys) => {
          const before = Uint32Array.from(triangles.flat());
          const after = before.slice();
          const { copies, triangles: owners } = assignProvokingVertices(
            after,
            12,
            (a, b) => keys[a] === keys[b],
          );
          expect(owners.length).toBe(12 + copies.length);
          const original = (vertex: number) => (vertex < 12 ? vertex : (copies[vertex - 12] ?? -1));
          for (let i = 0; i < triangles.length; i += 1) {
            const [a = 0, b = 0, c = 0] = before.subarray(3 * i);
            const corners = Array.from(after.subarray(3 * i, 3 * i + 3), original);
            expect([
              [a, b, c],
              [b, c, a],
              [c, a, b],
            ]).toContainEqual(corners);
            expect(keys[owners[after[3 * i + 2] ?? 0] ?? -1]).toBe(keys[i] ?? -2);
          }
        },
      ),
    );
  });

  test("values of cells follow the cells that the triangles belong to, through creases and chunks", () => {
    const size = 360;
    const { positions, indices } = steps(size);
    // Two triangles per cell, in an order that chunks change.
    const cells = Uint32Array.from({ length: indices.length / 3 }, (_, i) => Math.floor(i / 2));
    const order = Array.from({ length: indices.length / 3 }, (_, i) => (i * 7919) % (indices.length / 3));
    const shuffled = Uint32Array.from(order.flatMap((i) => Array.from(indices.subarray(3 * i, 3 * i + 3))));
    const shuffledCells = Uint32Array.from(order, (i) => cells[i] ?? 0);
    const values = Float64Array.from(
      { length: size * size },
      (_, i) => (i % size) + 1000 * Math.floor(i / size),
    );
    const cellArrays = [{ name: "c", components: 1, values }];
    const { surfaces } = prepare(
      meshData([{ positions, indices: shuffled, cells: shuffledCells, cellArrays }]),
      {
        style: { range: [0, 1] },
      },
    );
    const [surface] = surfaces;
    const { field } = surface?.scalars?.[0] ?? {};
    expect(surface?.detail?.chunks.length).toBeGreaterThan(1);
    const check = (triangles: Uint32Array | undefined, vertices?: Uint32Array): number => {
      let distance = 0;
      for (let i = 0; i < (triangles?.length ?? 0); i += 51) {
        const corners = [0, 1, 2]
          .map((c) => triangles?.[i + c] ?? 0)
          .map((vertex) => vertices?.[vertex] ?? vertex);
        const x = Math.min(...corners.map((vertex) => surface?.positions[3 * vertex] ?? 0));
        const y = Math.min(...corners.map((vertex) => surface?.positions[3 * vertex + 1] ?? 0));
        const value = field?.values[corners[2] ?? 0] ?? 0;
        distance = Math.max(distance, Math.abs(x - (value % 1000)), Math.abs(y - Math.floor(value / 1000)));
      }
      return distance;
    };
    expect(check(surface?.indices)).toBe(0);
    for (let i = 0; i < (surface?.cells?.length ?? 0); i += 17)
      expect(field?.values[surface?.indices?.[3 * i + 2] ?? 0]).toBe(values[surface?.cells?.[i] ?? -1] ?? -1);
    // A level joins vertices of neighboring cells.
    for (const level of surface?.detail?.levels ?? [])
      expect(check(level.indices, level.vertices)).toBeLessThan(12);
  }, 20_000);
});

describe("the values that are shown", () => {
  const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
  const arrays = ["a", "b", "c"].map((name, i) => ({
    name,
    components: 1,
    values: new Float32Array([i, 2, Number.NaN]),
    overlay: i === 0 ? undefined : i - 1,
  }));
  const titles = (styles: Partial<ScalarStyles>) =>
    prepare(meshData([{ positions: positions.slice(), arrays }]), styles).surfaces[0]?.scalars?.map(
      ({ field, discards }) => [field.title, discards],
    );

  test("the values that are shown are the first array of the file, or nothing with one color", () => {
    expect(titles({})).toEqual([["a", true]]);
    expect(titles({ style: { color: "red" } })).toEqual([]);
  });

  test("the values that are shown of overlays are drawn over those below, which remain visible where an overlay has none", () => {
    expect(titles({ overlays: [{}, {}] })).toEqual([
      ["b", false],
      ["c", false],
    ]);
    expect(titles({ style: { colorBy: "a" }, overlays: [{}] })).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });
});

function lastCorners(indices: Uint32Array | undefined, values: Float32Array | undefined): number[] {
  return Array.from(
    { length: (indices?.length ?? 0) / 3 },
    (_, i) => values?.[indices?.[3 * i + 2] ?? 0] ?? -1,
  );
}
