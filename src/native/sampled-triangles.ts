import { lastNativeError, native } from "./symbols.ts";

/**
 * Finds the triangles of a mesh that contain samples of a picture with one sample at the centre of each pixel. The result is conservative:
 * it includes all triangles at the near plane, and those that come within 1/64 of a pixel of a sample.
 *
 * @param matrix from positions to clip space, 16 values, column by column
 * @param size pixels
 * @returns the indices of these triangles, in their order
 */
export function sampledTriangles(
  { positions, indices }: { readonly positions: Float32Array; readonly indices: Uint32Array },
  matrix: readonly number[],
  [width, height]: readonly [width: number, height: number],
): Uint32Array {
  const corners = indices.length - (indices.length % 3);
  // Untouched capacity needs no memory.
  const sampled = new Uint32Array(corners);
  const mesh = [positions, Math.floor(positions.length / 3), indices, corners] as const;
  const written = Number(
    native().sc_mesh_sampled(...mesh, Float64Array.from(matrix), width, height, sampled),
  );
  if (written < 0) throw lastNativeError();
  return sampled.subarray(0, written);
}
