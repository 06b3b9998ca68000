import { lastNativeError, native } from "./symbols.ts";

type Size = readonly [width: number, height: number];

/** Vertices, or triangles, that are processed in one call: 10 to 25 ms on two CPUs. */
const VERTICES_PER_CALL = 2 ** 21;
const TRIANGLES_PER_CALL = 2 ** 20;

/**
 * Projects vertices to the pixels of a picture, in steps: each `next()` is one.
 *
 * @param matrix from positions to clip space, 16 values, column by column
 * @param size pixels
 * @returns x and y of each vertex, for {@link sampleTriangles}
 */
export function* projectVertices(
  positions: Float32Array,
  matrix: readonly number[],
  size: Size,
): Generator<void, Float32Array<ArrayBuffer>> {
  const projected = new Float32Array(2 * Math.floor(positions.length / 3));
  const values = Float64Array.from(matrix);
  for (let first = 0; 2 * first < projected.length; first += VERTICES_PER_CALL) {
    const part = projected.subarray(2 * first, 2 * (first + VERTICES_PER_CALL));
    if (native().sc_mesh_project(positions.subarray(3 * first), part.length / 2, values, ...size, part) < 0)
      throw lastNativeError();
    yield;
  }
  return projected;
}

/**
 * Finds the triangles that contain samples of a picture with one sample at the centre of each pixel, in steps. The result is conservative:
 * it includes all triangles at the near plane, and those that come within 1/64 of a pixel of a sample.
 *
 * @param projected result of {@link projectVertices} for the same size
 * @param indices three vertices per triangle
 * @param out receives the indices of these triangles, in their order; as long as `indices`
 * @returns the number of indices that were written
 */
export function* sampleTriangles(
  projected: Float32Array,
  indices: Uint32Array,
  size: Size,
  out: Uint32Array,
): Generator<void, number> {
  const corners = indices.length - (indices.length % 3);
  let length = 0;
  for (let first = 0; first < corners; first += 3 * TRIANGLES_PER_CALL) {
    const part = indices.subarray(first, Math.min(corners, first + 3 * TRIANGLES_PER_CALL));
    const to = out.subarray(length);
    const written = Number(
      native().sc_mesh_sampled(projected, projected.length / 2, part, part.length, ...size, to),
    );
    if (written < 0) throw lastNativeError();
    length += written;
    yield;
  }
  return length;
}
