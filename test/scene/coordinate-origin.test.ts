import { expect, test } from "bun:test";
import { coordinateOrigin, relativeTo } from "../../src/scene/coordinate-origin.ts";

/** A ball of 2000 points about a centre. */
function ball([x, y, z]: readonly [number, number, number], radius: number): number[] {
  return Array.from({ length: 2000 }, (_, i) => {
    const angle = i * 2.4;
    const height = (i / 2000) * 2 - 1;
    const ring = Math.sqrt(1 - height * height) * radius;
    return [x + ring * Math.cos(angle), y + ring * Math.sin(angle), z + radius * height];
  }).flat();
}

test("data near zero has no origin", () => {
  expect(coordinateOrigin(ball([3, 0, -10], 1)).toArray()).toEqual([0, 0, 0]);
  expect(coordinateOrigin(ball([0, 0, 0], 1e9)).toArray()).toEqual([0, 0, 0]);
  expect(coordinateOrigin([]).toArray()).toEqual([0, 0, 0]);
});

test("far data keeps its details relative to an origin in its middle", () => {
  for (const center of [
    [500_000, 5_300_000, 400],
    [4_000_000, 900_000, 4_900_000],
    [1e9, -1e9, 0],
  ] as const) {
    const places = ball(center, 5);
    const origin = coordinateOrigin(places);
    expect(origin.toArray().every((value, axis) => Math.abs(value - (center[axis] ?? 0)) <= 5)).toBe(true);
    const relative = relativeTo(origin, places);
    for (let i = 0; i < places.length; i += 1) {
      const restored = (relative[i] ?? 0) + origin.getComponent(i % 3);
      expect(Math.abs(restored - (places[i] ?? 0))).toBeLessThan(1e-5);
    }
  }
});

test("stray vertices and values that are no numbers do not move the origin away", () => {
  const places = ball([500_000, 5_300_000, 400], 5);
  places.splice(0, 3, 0, 0, 0);
  places.splice(300, 3, Number.NaN, Number.POSITIVE_INFINITY, 1e30);
  expect(Math.abs(coordinateOrigin(places).y - 5_300_000)).toBeLessThan(5);
});
