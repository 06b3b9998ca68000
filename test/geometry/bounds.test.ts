import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_COORDINATE } from "../../src/geometry/coordinates.ts";
import { boundVertices, chunkMesh, compactIndices, type MeshChunk } from "../../src/native/mesh-kernels.ts";
import { boundsOfPoints, worldPoints } from "../../src/native/world-points.ts";
import { type GeneratedMesh, torus, wildMeshes } from "./generated-meshes.ts";

type Point = readonly number[];

function pointOf(positions: Float32Array, vertex: number): Point {
  return [...positions.subarray(3 * vertex, 3 * vertex + 3)];
}

const isFinitePoint = (point: Point): boolean => point.every((value) => Math.abs(value) <= MAX_COORDINATE);

function boxOf(points: readonly Point[]) {
  const along = (axis: number, pick: (...values: number[]) => number): number =>
    pick(...points.map((point) => point[axis] ?? 0)) + 0;
  return {
    min: [along(0, Math.min), along(1, Math.min), along(2, Math.min)],
    max: [along(0, Math.max), along(1, Math.max), along(2, Math.max)],
  };
}

const withoutSignOfZero = ({ min, max }: Pick<MeshChunk, "min" | "max">) => ({
  min: min.map((value) => value || 0),
  max: max.map((value) => value || 0),
});

describe("vertex bounds", () => {
  test("the bounding box contains exactly the finite vertices", () => {
    fc.assert(
      fc.property(wildMeshes, ({ positions }) => {
        const points = Array.from({ length: positions.length / 3 }, (_, v) => pointOf(positions, v));
        const finite = points.filter(isFinitePoint);
        const bounds = boundVertices(positions);
        expect(bounds.invalid).toBe(points.length - finite.length);
        expect(withoutSignOfZero(bounds)).toEqual(boxOf(finite));
      }),
      { numRuns: 1000 },
    );
  });

  test("the extreme vertices reach nearly as far in every direction as the farthest vertex", () => {
    const unit = fc
      .tuple(
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
      )
      .map(([angle, z]) => [
        Math.sqrt(1 - z * z) * Math.cos(angle),
        Math.sqrt(1 - z * z) * Math.sin(angle),
        z,
      ]);
    const check = (positions: Float32Array, direction: Point): void => {
      const { min, max, extremes } = boundVertices(positions);
      const extent = Math.max(...max.map((value, axis) => value - (min[axis] ?? 0)));
      const far = (vertices: Iterable<number>): number => {
        let farthest = Number.NEGATIVE_INFINITY;
        for (const vertex of vertices) {
          const point = pointOf(positions, vertex);
          if (isFinitePoint(point))
            farthest = Math.max(
              farthest,
              point.reduce((sum, value, axis) => sum + value * (direction[axis] ?? 0), 0),
            );
        }
        return farthest;
      };
      const farthest = far(Array(positions.length / 3).keys());
      if (farthest === Number.NEGATIVE_INFINITY) expect(extremes.length).toBe(0);
      else expect(farthest - far(extremes)).toBeLessThanOrEqual(0.02 * extent);
    };
    fc.assert(fc.property(wildMeshes, unit, ({ positions }, direction) => check(positions, direction)));
    const { positions } = torus(300);
    fc.assert(
      fc.property(unit, (direction) => check(positions, direction)),
      { numRuns: 20 },
    );
  });
});

describe("chunks", () => {
  const check = (mesh: GeneratedMesh, size: number): ReturnType<typeof chunkMesh> => {
    const chunked = chunkMesh(mesh, size);
    const trianglesOf = (indices: Uint32Array): string[] =>
      Array.from({ length: indices.length / 3 }, (_, i) =>
        indices.subarray(3 * i, 3 * i + 3).join(" "),
      ).sort();
    expect(trianglesOf(chunked.indices)).toEqual(trianglesOf(mesh.indices));
    let start = 0;
    for (const chunk of chunked.chunks) {
      expect([chunk.start, chunk.count]).toEqual([start, Math.min(3 * size, mesh.indices.length - start)]);
      const vertices = [...new Set(chunked.indices.subarray(start, start + chunk.count))];
      const points = vertices.map((vertex) => pointOf(mesh.positions, vertex)).filter(isFinitePoint);
      expect(withoutSignOfZero(chunk)).toEqual(boxOf(points));
      const center = chunk.min.map((value, axis) => (value + (chunk.max[axis] ?? 0)) / 2);
      const distances = points.map((point) =>
        Math.hypot(...point.map((value, axis) => value - (center[axis] ?? 0))),
      );
      const radius = Math.max(-1, ...distances);
      expect(chunk.radius).toBeGreaterThanOrEqual(radius);
      expect(chunk.radius).toBeLessThanOrEqual(radius + Math.abs(radius) * 1e-6 + 1e-44);
      start += chunk.count;
    }
    expect(start).toBe(mesh.indices.length);
    return chunked;
  };

  test("each triangle is in exactly one chunk, within its bounds", () => {
    fc.assert(
      fc.property(wildMeshes, fc.integer({ min: 1, max: 20 }), (mesh, size) => void check(mesh, size)),
      { numRuns: 1000 },
    );
  });

  test("triangles in random order are sorted into compact chunks, and sorted triangles keep their order", () => {
    const mesh = torus(200);
    const order = Array.from(
      { length: mesh.indices.length / 3 },
      (_, i) => (i * 7919) % (mesh.indices.length / 3),
    );
    const shuffled = Uint32Array.from(order.flatMap((i) => [...mesh.indices.subarray(3 * i, 3 * i + 3)]));
    const { chunks, indices } = check({ ...mesh, indices: shuffled }, 1000);
    const mean = chunks.reduce((sum, { radius }) => sum + radius, 0) / chunks.length;
    expect(mean).toBeLessThan(1.5);
    expect(chunkMesh({ ...mesh, indices }, 1000).indices === indices).toBe(true);
  });

  test("a mesh with an index out of range is rejected", () => {
    expect(() => chunkMesh({ positions: new Float32Array(9), indices: Uint32Array.of(0, 1, 3) }, 10)).toThrow(
      "vertex index 3 is out of range: the mesh has 3 vertices.",
    );
  });
});

describe("points in world coordinates", () => {
  const coordinate = fc.oneof(
    { weight: 20, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
  );
  const coordinates = fc
    .array(fc.tuple(coordinate, coordinate, coordinate), { maxLength: 50 })
    .map((points) => points.flat());
  const matrices = fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: 12, maxLength: 12 })
    .map(([a = 1, b = 0, c = 0, d = 0, e = 1, f = 0, g = 0, h = 0, i = 1, x = 0, y = 0, z = 0]) => [
      ...[a, b, c, 0],
      ...[d, e, f, 0],
      ...[g, h, i, 0],
      ...[x, y, z, 1],
    ]);

  test("are transformed by the matrix; those that are not finite are left out", () => {
    fc.assert(
      fc.property(coordinates, matrices, fc.boolean(), (values, matrix, hasDoubles) => {
        const points = hasDoubles ? Float64Array.from(values) : Float32Array.from(values);
        const expected: number[] = [];
        for (let i = 0; i < points.length; i += 3) {
          const place = [0, 1, 2].map((axis) => {
            const [a = 0, b = 0, c = 0, d = 0] = [0, 4, 8, 12].map((column) => matrix[column + axis]);
            return a * (points[i] ?? 0) + b * (points[i + 1] ?? 0) + c * (points[i + 2] ?? 0) + d;
          });
          if (place.every(Number.isFinite)) expected.push(...place);
        }
        expect([...worldPoints(points, matrix)]).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("have the box of all points, and the smallest sphere around its centre that contains them", () => {
    expect(boundsOfPoints(new Float64Array())).toBeUndefined();
    const finite = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 3, maxLength: 90 });
    fc.assert(
      fc.property(finite, (values) => {
        const points = Float64Array.from(values.slice(0, values.length - (values.length % 3)));
        const rows = Array.from({ length: points.length / 3 }, (_, i) => [
          ...points.subarray(3 * i, 3 * i + 3),
        ]);
        const { min = [], max = [], radius } = boundsOfPoints(points) ?? {};
        expect(withoutSignOfZero({ min, max } as never)).toEqual(withoutSignOfZero(boxOf(rows) as never));
        const distances = rows.map((row) =>
          Math.hypot(...row.map((value, axis) => value - ((min[axis] ?? 0) + (max[axis] ?? 0)) / 2)),
        );
        expect(radius).toBeCloseTo(Math.max(...distances), 3);
      }),
    );
  });
});

test("used vertices are numbered in the order of their first corner", () => {
  const triangles = fc
    .array(fc.integer({ min: 0, max: 40 }), { maxLength: 120 })
    .map((corners) => corners.slice(0, corners.length - (corners.length % 3)));
  fc.assert(
    fc.property(triangles, (corners) => {
      const indices = Uint32Array.from(corners);
      const used = [...new Set(corners)];
      expect([...compactIndices(indices, 41)]).toEqual(used);
      expect([...indices]).toEqual(corners.map((corner) => used.indexOf(corner)));
    }),
  );
  expect(() => compactIndices(Uint32Array.of(0, 1, 3), 3)).toThrow("vertex index 3 is out of range");
});
