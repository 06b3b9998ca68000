import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { MeshError } from "../../src/native/errors.ts";
import { analyzeSurface, appendVertices, indexRecords, weld } from "../../src/native/mesh-kernels.ts";
import { boxes, cornersOf, type GeneratedMesh, gridMeshes, torus, wildMeshes } from "./generated-meshes.ts";
import { smoothNormals } from "./reference/smooth-normals.ts";
import { isWatertight } from "./reference/watertight.ts";
import { weld as referenceWeld } from "./reference/weld.ts";

// Thousands of meshes.
setDefaultTimeout(60_000);

const RUNS = { numRuns: 2000 };

/** A fan of `count` triangles around vertex 0, which has a crease at each edge. */
function fan(count: number): GeneratedMesh {
  const ring = Array.from({ length: count }, (_, i) => [Math.cos(i), Math.sin(i), i % 7]);
  const triangles = Array.from({ length: count }, (_, i) => [0, 1 + i, 1 + ((i + 1) % count)]);
  return {
    positions: Float32Array.from([0, 0, 0, ...ring.flat()]),
    indices: Uint32Array.from(triangles.flat()),
  };
}

/** Checks the normals of an indexed mesh, corner by corner, against those of the reference for the same corners without an index. */
function expectReferenceNormals(mesh: GeneratedMesh): void {
  const corners = cornersOf(mesh);
  const reference = smoothNormals(corners, referenceWeld(corners));
  const indices = mesh.indices.slice();
  const { normals, sources } = analyzeSurface({ ...mesh, indices }, { normals: true });
  const vertices = mesh.positions.length / 3;
  expect(normals.length).toBe(3 * (vertices + sources.length));
  expect(cornersOf({ positions: normals, indices })).toEqual(reference);
  // An appended vertex has the position of the vertex that it replaces.
  for (const [corner, vertex] of indices.entries()) {
    const original = mesh.indices[corner] ?? 0;
    expect(vertex < vertices ? vertex : sources[vertex - vertices]).toBe(original);
  }
  expect(analyzeSurface({ positions: corners }, { normals: true }).normals).toEqual(reference);
}

describe("weld", () => {
  test("numbers distinct positions as the reference does", () => {
    fc.assert(
      fc.property(wildMeshes, ({ positions }) => {
        expect(weld(positions)).toEqual(referenceWeld(positions));
      }),
      RUNS,
    );
  });

  test("numbers millions of positions, more than its table holds at first", () => {
    const positions = new Float32Array(3 * 3_000_000).map((_, i) => Math.floor(i / 3));
    positions.copyWithin(3 * 2_900_000, 0, 3 * 100_000);
    const { ids, count } = weld(positions);
    expect(count).toBe(2_900_000);
    expect(ids.every((id, vertex) => id === vertex % 2_900_000)).toBe(true);
  });

  test("indexes the triangles in the records of a file, at any alignment", () => {
    fc.assert(
      fc.property(wildMeshes, fc.integer({ min: 0, max: 3 }), (mesh, offset) => {
        const corners = cornersOf(mesh);
        const records = corners.length / 9;
        const file = new Uint8Array(offset + 50 * records);
        for (let i = 0; i < records; i += 1)
          file.set(new Uint8Array(corners.buffer, 36 * i, 36), offset + 50 * i);
        const bytes = file.subarray(offset);
        const indexed = indexRecords({ bytes, stride: 50, perRecord: 3, records });
        const { ids, count } = referenceWeld(corners);
        expect(indexed.indices).toEqual(ids);
        expect(indexed.positions.length).toBe(3 * count);
        // toEqual compares the bytes of typed arrays: the sign of zero and the bits of NaN.
        const valuesOf = (array: Float32Array): number[] =>
          Array.from(array, (value) => (value === 0 ? 0 : value));
        expect(valuesOf(cornersOf(indexed))).toEqual(valuesOf(corners));
      }),
      RUNS,
    );
  });

  test("records that end outside the bytes are refused", () => {
    const bytes = new Uint8Array(100 - 15);
    expect(() => indexRecords({ bytes, stride: 50, perRecord: 3, records: 2 })).toThrow(
      new MeshError("6 positions need 86 bytes, but have 85."),
    );
  });
});

describe("normals", () => {
  test("of generated meshes are those of the reference", () => {
    fc.assert(fc.property(gridMeshes, expectReferenceNormals), RUNS);
    fc.assert(fc.property(wildMeshes, expectReferenceNormals), RUNS);
    fc.assert(fc.property(boxes, expectReferenceNormals), { numRuns: 200 });
  });

  test("at a vertex of 256 faces have creases, and with more are those of the faces", () => {
    for (const count of [255, 256, 257, 3000]) expectReferenceNormals(fan(count));
  });

  test("of a smooth mesh need no further vertices", () => {
    const mesh = torus(300);
    expect(analyzeSurface(mesh, { normals: true }).sources).toEqual(new Uint32Array());
    expectReferenceNormals(mesh);
  });

  test("of a vertex without triangles point along z", () => {
    const { normals } = analyzeSurface(
      { positions: new Float32Array(6), indices: new Uint32Array() },
      { normals: true },
    );
    expect(normals).toEqual(Float32Array.of(0, 0, 1, 0, 0, 1));
  });

  test("extend the other attributes of a vertex", () => {
    expect(appendVertices(Float32Array.of(1, 2, 3, 4), 2, Uint32Array.of(1, 1, 0))).toEqual(
      Float32Array.of(1, 2, 3, 4, 3, 4, 3, 4, 1, 2),
    );
  });

  test("of a mesh with an index out of range are refused, and the indices are unchanged", () => {
    fc.assert(
      fc.property(gridMeshes, fc.nat(), fc.nat({ max: 1000 }), (mesh, at, excess) => {
        fc.pre(mesh.indices.length > 0);
        const vertices = mesh.positions.length / 3;
        mesh.indices[at % mesh.indices.length] = vertices + excess;
        const before = mesh.indices.slice();
        expect(() => analyzeSurface(mesh, { normals: true, watertight: true })).toThrow(
          `vertex index ${vertices + excess} is out of range: the mesh has ${vertices} vertices.`,
        );
        expect(mesh.indices).toEqual(before);
      }),
    );
  });
});

describe("watertight", () => {
  const check = (mesh: GeneratedMesh): boolean => {
    const corners = cornersOf(mesh);
    const expected = isWatertight(corners, referenceWeld(corners));
    expect(analyzeSurface(mesh, { watertight: true }).isWatertight).toBe(expected);
    expect(analyzeSurface({ positions: corners }, { watertight: true }).isWatertight).toBe(expected);
    return expected;
  };

  test("is decided as the reference does", () => {
    let closed = 0;
    let open = 0;
    const count = (mesh: GeneratedMesh): void => {
      if (check(mesh)) closed += 1;
      else open += 1;
    };
    fc.assert(fc.property(gridMeshes, count), RUNS);
    fc.assert(fc.property(boxes, count), RUNS);
    expect(Math.min(closed, open)).toBeGreaterThan(200);
  });

  test("is a large smooth mesh, and inside out it is not", () => {
    const mesh = torus(300);
    expect([check(mesh), check({ ...mesh, indices: mesh.indices.slice().reverse() })].sort()).toEqual([
      false,
      true,
    ]);
  });
});
