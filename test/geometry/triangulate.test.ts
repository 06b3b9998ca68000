import { expect, test } from "bun:test";
import { triangulate } from "../../src/geometry/triangulate.ts";

type Corner = readonly [number, number];

/** Transforms an outline to a tilted plane far from the origin. Its corners are vertices 1, 2, … */
function toTiltedPlane(outline: readonly Corner[]): { positions: Float64Array; vertices: number[] } {
  const positions = [1e30, 1e30, 1e30];
  for (const [u, v] of outline) positions.push(5e5 + 0.6 * u, 4e6 + v, 100 + 0.8 * u);
  return { positions: new Float64Array(positions), vertices: outline.map((_, i) => i + 1) };
}

/** Twice the signed area of a polygon in the plane of the outline. */
function doubleArea(corners: readonly (Corner | undefined)[]): number {
  return corners.reduce((sum, corner, i) => {
    const [u, v] = corner ?? [Number.NaN, Number.NaN];
    const [nextU, nextV] = corners[(i + 1) % corners.length] ?? [Number.NaN, Number.NaN];
    return sum + u * nextV - nextU * v;
  }, 0);
}

function expectFilledOutline(outline: readonly Corner[]): void {
  const { positions, vertices } = toTiltedPlane(outline);
  const triangles = triangulate(positions, vertices);
  const whole = doubleArea(outline);
  let sum = 0;
  for (let i = 0; i < triangles.length; i += 3) {
    const area = doubleArea(triangles.slice(i, i + 3).map((corner) => outline[corner]));
    expect(area * Math.sign(whole)).toBeGreaterThan(-1e-6);
    sum += area;
  }
  // All triangles have the winding of the polygon. If their areas also add up to its area, they neither overlap nor exceed it.
  expect(sum).toBeCloseTo(whole, 6);
}

const DART: readonly Corner[] = [
  [0, 0],
  [2, 1],
  [0, 2],
  [0.5, 1],
];
const SQUARE_WITH_NOTCH: readonly Corner[] = [
  [0, 0],
  [4, 0],
  [4, 4],
  [2, 1],
  [0, 4],
];
const star = (points: number): Corner[] =>
  Array.from({ length: 2 * points }, (_, i) => {
    const radius = i % 2 === 0 ? 1 : 0.4;
    const angle = (i * Math.PI) / points;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
const SPIRAL: readonly Corner[] = [
  [0, 0],
  [6, 0],
  [6, 6],
  [1, 6],
  [1, 2],
  [4, 2],
  [4, 4],
  [3, 4],
  [3, 3],
  [2, 3],
  [2, 5],
  [5, 5],
  [5, 1],
  [0, 1],
];

for (const [name, outline] of [
  ["a dart", DART],
  ["a square with a notch", SQUARE_WITH_NOTCH],
  ["a spiral", SPIRAL],
  ["a star of 5 points", star(5)],
  ["a star of 500 points", star(500)],
] as const) {
  test(`${name} is filled within its outline, for any first corner and both windings`, () => {
    const firstCorners = Math.min(outline.length, 16);
    for (let first = 0; first < firstCorners; first += 1) {
      const rotated = [...outline.slice(first), ...outline.slice(0, first)];
      expectFilledOutline(rotated);
      expectFilledOutline(rotated.toReversed());
    }
  });
}

test("triangles, convex quads and convex polygons become fans", () => {
  const ring = (count: number): Corner[] =>
    Array.from({ length: count }, (_, i) => [Math.cos((i * 6.28) / count), Math.sin((i * 6.28) / count)]);
  for (const [count, expected] of [
    [2, []],
    [3, [0, 1, 2]],
    [4, [0, 1, 2, 0, 2, 3]],
    [6, [0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 5]],
  ] as const) {
    const { positions, vertices } = toTiltedPlane(ring(count));
    expect([...triangulate(positions, vertices)]).toEqual([...expected]);
  }
});

test("the corners may be part of a longer list", () => {
  const { positions, vertices } = toTiltedPlane(DART);
  expect(triangulate(positions, [7, ...vertices, 9, 9], 1, 4)).toEqual(triangulate(positions, vertices));
});

test("a polygon with coincident, collinear or non-finite corners still has triangles", () => {
  for (const outline of [
    Array.from({ length: 7 }, (): Corner => [1, 1]),
    Array.from({ length: 7 }, (_, i): Corner => [i, 0]),
    Array.from({ length: 7 }, (): Corner => [Number.NaN, Number.POSITIVE_INFINITY]),
  ]) {
    const { positions, vertices } = toTiltedPlane(outline);
    expect(triangulate(positions, vertices).length).toBeGreaterThan(0);
  }
});

test("a self-intersecting outline of 100000 corners with a turning number of 1 does not take quadratic time", () => {
  // A circle whose corners alternate between two radii, with every pair of corners swapped.
  const count = 100_000;
  const positions = new Float64Array(3 * count);
  for (let corner = 0; corner < count; corner += 1) {
    const angle =
      (2 * Math.PI * (corner % 4 === 1 ? corner + 1.5 : corner % 4 === 2 ? corner - 1.5 : corner)) / count;
    positions[3 * corner] = (corner % 2 === 0 ? 1 : 1.1) * Math.cos(angle);
    positions[3 * corner + 1] = (corner % 2 === 0 ? 1 : 1.1) * Math.sin(angle);
  }
  const vertices = Uint32Array.from({ length: count }, (_, i) => i);
  expect(triangulate(positions, vertices)).toHaveLength(3 * (count - 2));
});

test("a self-overlapping outline of 300000 corners does not take quadratic time", () => {
  const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
  const vertices = Array.from({ length: 300_000 }, (_, i) => i % 3);
  expect(triangulate(positions, vertices)).toHaveLength(3 * 299_998);
});
