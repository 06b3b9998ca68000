import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { analyzeSurface, appendVertices, weld } from "../../src/native/mesh-kernels.ts";
import { indexTriangles, TriangleIndexer, weldIndexed } from "../../src/native/mesh-records.ts";
import { boxes, cornersOf, type GeneratedMesh, gridMeshes, torus, wildMeshes } from "./generated-meshes.ts";
import { smoothNormals } from "./reference/smooth-normals.ts";
import { isWatertight } from "./reference/watertight.ts";
import { weld as referenceWeld, weldOpenFans } from "./reference/weld.ts";

// The tests generate thousands of meshes.
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

/** Compares the normals of an indexed mesh, corner by corner, with the reference for the same corners without indices. */
function expectReferenceNormals(mesh: GeneratedMesh): void {
  const corners = cornersOf(mesh);
  const reference = smoothNormals(corners, weldOpenFans(mesh));
  const indices = mesh.indices.slice();
  const { normals, sources } = analyzeSurface({ ...mesh, indices }, { normals: true });
  const vertices = mesh.positions.length / 3;
  expect(normals.length).toBe(3 * (vertices + sources.length));
  expect(cornersOf({ positions: normals, indices })).toEqual(reference);
  // An appended vertex has the same position as its source vertex.
  for (const [corner, vertex] of indices.entries()) {
    const original = mesh.indices[corner] ?? 0;
    expect(vertex < vertices ? vertex : sources[vertex - vertices]).toBe(original);
  }
  const soup = analyzeSurface({ positions: corners }, { normals: true });
  expect(soup.normals).toEqual(smoothNormals(corners, referenceWeld(corners)));
}

describe("weld", () => {
  test("distinct positions have the same numbers as in the reference implementation", () => {
    fc.assert(
      fc.property(wildMeshes, ({ positions }) => {
        expect(weld(positions)).toEqual(referenceWeld(positions));
      }),
      RUNS,
    );
  });

  test("millions of positions are numbered", () => {
    const positions = new Float32Array(3 * 3_000_000).map((_, i) => Math.floor(i / 3));
    positions.copyWithin(3 * 2_900_000, 0, 3 * 100_000);
    const { ids, count } = weld(positions);
    expect(count).toBe(2_900_000);
    expect(ids.every((id, vertex) => id === vertex % 2_900_000)).toBe(true);
  });

  test("triangles in the records of a file are indexed, at any alignment and in blocks of any size", () => {
    fc.assert(
      fc.property(wildMeshes, fc.integer({ min: 0, max: 3 }), fc.nat(), (mesh, shift, split) => {
        const corners = cornersOf(mesh);
        const records = corners.length / 9;
        const file = new Uint8Array(shift + 50 * records);
        for (let i = 0; i < records; i += 1)
          file.set(new Uint8Array(corners.buffer, 36 * i, 36), shift + 50 * i + 12);
        const positions = new Float32Array(corners.length);
        const indices = new Uint32Array(3 * records);
        const indexer = new TriangleIndexer();
        const first = split % (records + 1);
        for (const [start, end] of [
          [0, first],
          [first, records],
        ] as const) {
          const bytes = file.subarray(shift + 50 * start);
          const block = { bytes, records: end - start, offset: 12, stride: 50 };
          indexer.add(block, positions, indices.subarray(3 * start, 3 * end));
        }
        const vertices = weldIndexed(positions.subarray(0, 3 * indexer.vertices), indices);
        const { ids, count } = referenceWeld(corners);
        expect(vertices).toBe(count);
        expect(Array.from(indices)).toEqual(Array.from(ids));
        // toEqual compares the bytes of typed arrays: the sign of zero and the bits of NaN.
        const valuesOf = (array: Float32Array): number[] =>
          Array.from(array, (value) => (value === 0 ? 0 : value));
        expect(valuesOf(cornersOf({ positions, indices }))).toEqual(valuesOf(corners));
        const { positions: ownPositions, indices: ownIndices } = indexTriangles(corners);
        expect(Array.from(ownIndices)).toEqual(Array.from(ids));
        expect(valuesOf(ownPositions)).toEqual(valuesOf(positions.subarray(0, 3 * count)));
      }),
      RUNS,
    );
  });

  test("records that extend beyond the bytes are rejected", () => {
    const records = { bytes: new Uint8Array(100 - 3), records: 2, offset: 12, stride: 50 };
    expect(() => new TriangleIndexer().add(records, new Float32Array(18), new Uint32Array(6))).toThrow(
      "2 records exceed their arrays.",
    );
  });
});

describe("normals", () => {
  test("the normals of generated meshes are equal to the reference implementation", () => {
    fc.assert(fc.property(gridMeshes, expectReferenceNormals), RUNS);
    fc.assert(fc.property(wildMeshes, expectReferenceNormals), RUNS);
    fc.assert(fc.property(boxes, expectReferenceNormals), { numRuns: 200 });
  });

  test("a vertex of up to 256 faces has creases, and a vertex of more faces has face normals", () => {
    for (const count of [255, 256, 257, 3000]) expectReferenceNormals(fan(count));
  });

  test("no vertices are appended to a smooth mesh", () => {
    const mesh = torus(300);
    expect(analyzeSurface(mesh, { normals: true }).sources).toEqual(new Uint32Array());
    expectReferenceNormals(mesh);
  });

  test("a seam between vertices with equal coordinates is smooth, and closed parts that touch are not joined", () => {
    const { positions, indices } = torus(40);
    const corners = cornersOf({ positions, indices });
    const soup = { positions: corners, indices: Uint32Array.from({ length: indices.length }, (_, i) => i) };
    expectReferenceNormals(soup);
    // The second torus has the same position as the first, and is inside out.
    const vertices = positions.length / 3;
    const inside = indices.toReversed().map((vertex) => vertex + vertices);
    const both = {
      positions: Float32Array.of(...positions, ...positions),
      indices: Uint32Array.of(...indices, ...inside),
    };
    const { normals, sources } = analyzeSurface(both, { normals: true });
    expect(sources.length).toBe(0);
    expect(normals.subarray(0, 3)).toEqual(
      analyzeSurface({ positions, indices }, { normals: true }).normals.subarray(0, 3),
    );
    expectReferenceNormals(both);
  });

  test("the normal of a vertex without triangles points along z", () => {
    const { normals } = analyzeSurface(
      { positions: new Float32Array(6), indices: new Uint32Array() },
      { normals: true },
    );
    expect(normals).toEqual(Float32Array.of(0, 0, 1, 0, 0, 1));
  });

  test("appended vertices copy the attributes of their source vertices", () => {
    expect(appendVertices(Float32Array.of(1, 2, 3, 4), 2, Uint32Array.of(1, 1, 0))).toEqual(
      Float32Array.of(1, 2, 3, 4, 3, 4, 3, 4, 1, 2),
    );
  });

  test("a mesh with an index out of range is rejected, and its indices are unchanged", () => {
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
    const soup = analyzeSurface({ positions: corners }, { watertight: true });
    expect(soup.isWatertight).toBe(isWatertight(corners, referenceWeld(corners)));
    const expected = isWatertight(corners, weldOpenFans(mesh));
    expect(analyzeSurface(mesh, { watertight: true }).isWatertight).toBe(expected);
    return expected;
  };

  test("the watertight test gives the same result as the reference implementation", () => {
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

  test("a large closed mesh is watertight, and is not if it is inside out", () => {
    const mesh = torus(300);
    expect([check(mesh), check({ ...mesh, indices: mesh.indices.slice().reverse() })].sort()).toEqual([
      false,
      true,
    ]);
  });
});
