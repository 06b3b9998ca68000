import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { Triangle as Shape, Vector3 } from "three";
import { clusterVertices } from "../../src/native/mesh-kernels.ts";
import { randomNumbers } from "../support/random.ts";
import { boxes, type GeneratedMesh, torus, wildMeshes } from "./generated-meshes.ts";

// The tests generate thousands of meshes.
setDefaultTimeout(60_000);

type Triangle = readonly [number, number, number];

function trianglesOf(indices: Uint32Array): Triangle[] {
  return Array.from({ length: indices.length / 3 }, (_, i) => [
    indices[3 * i] ?? 0,
    indices[3 * i + 1] ?? 0,
    indices[3 * i + 2] ?? 0,
  ]);
}

function distance(positions: Float32Array, a: number, b: number): number {
  return Math.hypot(
    ...[0, 1, 2].map((axis) => (positions[3 * a + axis] ?? 0) - (positions[3 * b + axis] ?? 0)),
  );
}

const rotationsOf = ([a, b, c]: Triangle): Triangle[] => [
  [a, b, c],
  [b, c, a],
  [c, a, b],
];

/** Checks that each simplified triangle is a triangle of the mesh, corners moved by at most the error, with the same winding. */
function expectSimplified({ positions, indices }: GeneratedMesh, maximum: number): void {
  const simplified = clusterVertices({ positions, indices }, maximum);
  const triangles = trianglesOf(simplified.indices);
  expect(triangles.length).toBeLessThanOrEqual(maximum);
  const originals = trianglesOf(indices);
  if (originals.length <= maximum) {
    expect(simplified).toEqual({ indices, error: 0 });
    return;
  }
  expect(new Set(triangles.map(String)).size).toBe(triangles.length);
  for (const triangle of triangles) {
    expect(new Set(triangle).size).toBe(3);
    const isMoved = (original: Triangle): boolean =>
      original.every((vertex, i) => distance(positions, vertex, triangle[i] ?? 0) <= simplified.error);
    expect(originals.flatMap(rotationsOf).some(isMoved)).toBe(true);
  }
}

describe("vertex clustering", () => {
  test("corners move by at most the error, and at most the requested number of triangles is made", () => {
    const maximum = fc.integer({ min: 0, max: 60 });
    fc.assert(fc.property(wildMeshes, maximum, expectSimplified), { numRuns: 1000 });
    fc.assert(fc.property(boxes, maximum, expectSimplified), { numRuns: 300 });
  });

  test("a simplified dense surface has nearly the requested number of triangles and no holes", () => {
    const { positions, indices } = torus(300);
    for (const maximum of [20_000, 5000]) {
      const simplified = clusterVertices({ positions, indices }, maximum);
      expect(simplified.indices.length / 3).toBeGreaterThan(0.7 * maximum);
      // A closed surface: each edge has an opposite edge, except for a few where a cell contains two parts of the surface.
      const edges = new Set(
        trianglesOf(simplified.indices).flatMap(([a, b, c]) => [`${a} ${b}`, `${b} ${c}`, `${c} ${a}`]),
      );
      const open = [...edges].filter((edge) => !edges.has(edge.split(" ").reverse().join(" ")));
      expect(open.length).toBeLessThan(0.01 * edges.size);
      const kept = [...new Set(simplified.indices)];
      for (let vertex = 0; vertex < positions.length / 3; vertex += 997) {
        const nearest = Math.min(...kept.map((other) => distance(positions, vertex, other)));
        expect(nearest).toBeLessThanOrEqual(simplified.error);
      }
    }
  });

  test("the sampled Hausdorff distance between a dense surface and its simplified version is at most the error", () => {
    const { positions, indices } = torus(120);
    const random = randomNumbers(7);
    const corners = (triangle: Triangle): Vector3[] =>
      triangle.map((vertex) => new Vector3().fromArray(positions, 3 * vertex));
    const shapes = (list: Uint32Array): Shape[] =>
      trianglesOf(list).map((triangle) => new Shape(...(corners(triangle) as [Vector3, Vector3, Vector3])));
    const maxDistance = (from: Shape[], to: Shape[]): number => {
      const closest = new Vector3();
      const distances = Array.from({ length: 100 }, () => {
        const { a, b, c } = from[Math.floor(random() * from.length)] ?? new Shape();
        const [u, v] = [Math.sqrt(random()), random()];
        const point = a
          .clone()
          .multiplyScalar(1 - u)
          .addScaledVector(b, u * (1 - v))
          .addScaledVector(c, u * v);
        return to.reduce(
          (min, shape) => Math.min(min, shape.closestPointToPoint(point, closest).distanceTo(point)),
          Number.POSITIVE_INFINITY,
        );
      });
      return Math.max(...distances);
    };
    for (const maximum of [6000, 1500]) {
      const simplified = clusterVertices({ positions, indices }, maximum);
      const [full, coarse] = [shapes(indices), shapes(simplified.indices)];
      expect(coarse.length).toBeLessThan(full.length / 4);
      expect(maxDistance(full, coarse)).toBeLessThanOrEqual(simplified.error);
      expect(maxDistance(coarse, full)).toBeLessThanOrEqual(simplified.error);
    }
  });

  test("the two sides of a thin sheet are not merged if normals are given", () => {
    const side = 100;
    const positions: number[] = [];
    const normals: number[] = [];
    const corners: number[] = [];
    for (const z of [0, 1e-4]) {
      const base = positions.length / 3;
      for (let i = 0; i < side * side; i += 1) {
        positions.push((i % side) / side, Math.floor(i / side) / side, z);
        normals.push(0, 0, z === 0 ? -1 : 1);
      }
      for (let i = 0; i < side * (side - 1) - 1; i += 1) {
        const square = [i, i + 1, i + side, i + 1, i + side + 1, i + side].map((corner) => base + corner);
        corners.push(...(z === 0 ? square.reverse() : square));
      }
    }
    const mesh = { positions: Float32Array.from(positions), indices: Uint32Array.from(corners) };
    const { indices } = clusterVertices(mesh, 4000, Float32Array.from(normals));
    const directions = trianglesOf(indices).map((corners) => corners.map((v) => normals[3 * v + 2]).join());
    expect([...new Set(directions)].sort()).toEqual(["-1,-1,-1", "1,1,1"]);
  });

  test("some, but not most, of many triangles that span the whole mesh are left out", () => {
    const random = randomNumbers(1);
    const positions = new Float32Array(3 * 4000).map(() => random());
    const indices = new Uint32Array(3 * 40_000).map(() => Math.floor(4000 * random()));
    const count = clusterVertices({ positions, indices }, 2000).indices.length / 3;
    expect([count > 500, count <= 2000]).toEqual([true, true]);
  });

  test("indices out of range and too few normals are rejected", () => {
    const mesh = { positions: new Float32Array(9), indices: Uint32Array.of(0, 1, 3) };
    expect(() => clusterVertices(mesh, 0)).toThrow(
      "vertex index 3 is out of range: the mesh has 3 vertices.",
    );
    expect(() => clusterVertices(mesh, 0, new Float32Array(6))).toThrow("3 vertices have only 2 normals.");
  });

  test("a mesh whose triangles are all degenerate to one point is simplified to no triangles", () => {
    const positions = new Float32Array(9).fill(5);
    expect(clusterVertices({ positions, indices: Uint32Array.of(0, 1, 2, 0, 2, 1) }, 1).indices.length).toBe(
      0,
    );
  });
});
