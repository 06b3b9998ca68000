import { type Component, componentStruct, type LineData, lineStruct } from "./line-splat.ts";
import { lastNativeError, native } from "./symbols.ts";

type Lines = Pick<LineData, "positions" | "offsets">;

/** A regular grid of values: i varies fastest, then j and k. */
export interface Grid {
  readonly values: Component;
  readonly dims: readonly [number, number, number];
  /** Row-major 3x4 matrix from the coordinates of the streamlines to voxels; the centre of the first voxel is 0, 0, 0. */
  readonly toVoxel: readonly number[];
  /** A value is `slope * stored + intercept`. */
  readonly slope: number;
  readonly intercept: number;
}

/** Returns the value of a grid at each point, by trilinear interpolation; NaN outside. */
export function sampleAlongLines(lines: Lines, grid: Grid): Float32Array<ArrayBuffer> {
  const values = new Float32Array(lines.positions.length / 3);
  check(native().sc_lines_sample(lineStruct(lines), gridStruct(grid), values, values.length));
  return values;
}

/**
 * Returns 1 for each streamline with a point in a voxel that is not 0, otherwise 0.
 *
 * @param ends whether both ends must be in such voxels, instead of any point
 */
export function linesInMask(lines: Lines, grid: Grid, ends: boolean): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(Math.max(0, lines.offsets.length - 1));
  const out = [found, found.length] as const;
  check(native().sc_lines_in_mask(lineStruct(lines), gridStruct(grid), Number(ends), ...out));
  return found;
}

/** sc_grid_s of native/line_sample.h. */
function gridStruct({ values, dims, toVoxel, slope, intercept }: Grid): Uint8Array {
  const struct = new Uint8Array(160);
  struct.set(componentStruct(values));
  const numbers = Array.from({ length: 12 }, (_, i) => toVoxel[i] ?? Number.NaN);
  new Float64Array(struct.buffer, 32, 14).set([...numbers, slope, intercept]);
  new Uint32Array(struct.buffer, 144, 3).set(dims);
  return struct;
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
