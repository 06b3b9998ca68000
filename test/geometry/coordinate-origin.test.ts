import { expect, test } from "bun:test";
import { coordinateOrigin, relativeTo } from "../../src/geometry/coordinate-origin.ts";

/** A sphere of 2000 points around a centre. */
function ball([x, y, z]: readonly [number, number, number], radius: number): number[] {
  return Array.from({ length: 2000 }, (_, i) => {
    const angle = i * 2.4;
    const height = (i / 2000) * 2 - 1;
    const ring = Math.sqrt(1 - height * height) * radius;
    return [x + ring * Math.cos(angle), y + ring * Math.sin(angle), z + radius * height];
  }).flat();
}

test("data near zero has no origin", () => {
  expect(coordinateOrigin(ball([3, 0, -10], 1))).toEqual([0, 0, 0]);
  expect(coordinateOrigin(ball([0, 0, 0], 1e9))).toEqual([0, 0, 0]);
  expect(coordinateOrigin([])).toEqual([0, 0, 0]);
});

test("far data keeps its precision relative to an origin at its centre", () => {
  for (const center of [
    [500_000, 5_300_000, 400],
    [4_000_000, 900_000, 4_900_000],
    [1e9, -1e9, 0],
  ] as const) {
    const positions = ball(center, 5);
    const origin = coordinateOrigin(positions);
    expect(origin.every((value, axis) => Math.abs(value - (center[axis] ?? 0)) <= 5)).toBe(true);
    const relative = relativeTo(origin, positions);
    for (let i = 0; i < positions.length; i += 1) {
      const restored = (relative[i] ?? 0) + (origin[i % 3] ?? 0);
      expect(Math.abs(restored - (positions[i] ?? 0))).toBeLessThan(1e-5);
    }
  }
});

test("outliers and values that are not finite do not move the origin", () => {
  const positions = ball([500_000, 5_300_000, 400], 5);
  positions.splice(0, 3, 0, 0, 0);
  positions.splice(300, 3, Number.NaN, Number.POSITIVE_INFINITY, 1e30);
  expect(Math.abs(coordinateOrigin(positions)[1] - 5_300_000)).toBeLessThan(5);
});
