import { expect } from "bun:test";
import type { DataArray, Streamlines } from "../../../src/formats/data-kinds.ts";
import { read } from "../read-outcomes.ts";

/** Reads a file of streamlines. */
export async function readStreamlines(path: string, blockBytes?: number): Promise<Streamlines> {
  const data = await read(path, blockBytes);
  if (data.kind !== "streamlines") throw new Error(`${path} is ${data.kind}`);
  return data;
}

/** The points of each streamline, with the origin. */
export function linesOf({ positions, offsets, origin }: Streamlines): number[][][] {
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Array.from({ length: (offsets[i + 1] ?? 0) - (offsets[i] ?? 0) }, (_, k) => {
      const at = 3 * ((offsets[i] ?? 0) + k);
      return [0, 1, 2].map((axis) => (positions[at + axis] ?? Number.NaN) + (origin[axis] ?? 0));
    }),
  );
}

/** The rows of an array of values. */
export function rowsOf({ values, components }: DataArray): number[][] {
  return Array.from({ length: values.length / components }, (_, i) => [
    ...values.subarray(i * components, (i + 1) * components),
  ]);
}

/** Expects streamlines at these places, within `tolerance` mm. */
export function expectLines(
  actual: readonly (readonly (readonly number[])[])[],
  expected: readonly (readonly (readonly number[])[])[],
  tolerance = 1e-4,
): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  const values = actual.flat(2);
  const distance = expected
    .flat(2)
    .reduce((largest, value, i) => Math.max(largest, Math.abs(value - (values[i] ?? Number.NaN))), 0);
  // NaN fails, too.
  expect(distance <= tolerance, `distance ${distance} mm`).toBe(true);
}
