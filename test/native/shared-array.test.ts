import { expect, test } from "bun:test";
import { FilePositions } from "../../src/formats/file-positions.ts";
import { collapseInvalid } from "../../src/geometry/collapse-invalid.ts";
import { appendVertices } from "../../src/native/mesh-kernels.ts";
import { allocateShared, declareSpare, extended } from "../../src/native/shared-array.ts";

const VERTICES = 120_000;

/** Positions as a reader of files returns them. */
function positionsOfFile(): Float32Array {
  const positions = new FilePositions(3 * VERTICES, false);
  for (let i = 0; i < 3 * VERTICES; i += 1) positions.push(i % 1000);
  return positions.finish();
}

test("vertices are appended to the positions of a file without a copy, but only once", () => {
  const positions = positionsOfFile();
  const first = appendVertices(positions, 3, Uint32Array.of(5, 7));
  expect(first.buffer).toBe(positions.buffer);
  const second = appendVertices(positions, 3, Uint32Array.of(9));
  expect(second.buffer).not.toBe(positions.buffer);
  const third = appendVertices(first, 3, Uint32Array.of(11));
  expect(third.buffer).toBe(positions.buffer);
  expect([...first.subarray(3 * VERTICES)]).toEqual([15, 16, 17, 21, 22, 23]);
  expect([...second.subarray(3 * VERTICES)]).toEqual([27, 28, 29]);
  expect([...third.subarray(3 * VERTICES)]).toEqual([15, 16, 17, 21, 22, 23, 33, 34, 35]);
  for (const all of [first, second, third]) expect(all.subarray(0, positions.length)).toEqual(positions);
});

test("an array is extended by a copy if its memory is in use behind it, or is too small", () => {
  const whole = allocateShared(Float32Array, 10);
  const start = whole.subarray(0, 4);
  expect(extended(start, 2).buffer).not.toBe(whole.buffer);
  declareSpare(start);
  const longer = extended(start, 2);
  expect(longer.buffer).toBe(whole.buffer);
  expect(longer.length).toBe(6);
  expect(extended(longer, 5).buffer).not.toBe(whole.buffer);
  const inside = whole.subarray(2, 4);
  declareSpare(inside);
  expect(extended(inside, 1).buffer).not.toBe(whole.buffer);
});

test("invalid coordinates are found in large arrays, also in their last value", () => {
  for (const at of [0, 3 * VERTICES - 1]) {
    const positions = positionsOfFile();
    expect(collapseInvalid(positions, undefined, 3)).toBe(0);
    positions[at] = Number.NaN;
    expect(collapseInvalid(positions, undefined, 3)).toBe(1);
    expect(positions.every(Number.isFinite)).toBeTrue();
  }
});
