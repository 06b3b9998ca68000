import { MeshError } from "./errors.ts";
import { numericType } from "./numeric-array.ts";
import { lastError, native, toPointer } from "./symbols.ts";
import type { VoxelFrame } from "./volume-kernels.ts";

export interface Isosurface {
  /** x, y, z of each vertex, world coordinates. */
  readonly positions: Float32Array;
  /** Point to lower values. */
  readonly normals: Float32Array;
  /** Three vertices per triangle, counterclockwise from the side of lower values. */
  readonly indices: Uint32Array;
}

export interface IsosurfaceOptions {
  /** Stored value; voxels with this value or a higher one are inside. */
  readonly level: number;
  /** Higher stored values are lower ones of the volume. */
  readonly isInverted: boolean;
  /** Row-major 3x4 matrix from voxel to world coordinates. */
  readonly toWorld: readonly number[];
  /** Row-major 3x3 matrix from gradients in voxels to gradients in the world. */
  readonly toNormal: readonly number[];
}

/**
 * Computes an isosurface by marching cubes, on several threads. It is closed except at the edges of the volume.
 *
 * @throws MeshError if it has more than 50 million triangles, or there is not enough memory
 */
export function isosurface(frame: VoxelFrame, options: IsosurfaceOptions): Isosurface {
  const { values, first, dims, components } = frame;
  const { level, isInverted, toWorld, toNormal } = options;
  const grid = new Float64Array([...toWorld, ...toNormal, level, Number(isInverted)]);
  const shape = new Uint32Array([...dims, components]);
  const iso = toPointer(
    native().sc_iso_create(values, values.length, numericType(values), shape, first, grid),
  );
  if (iso === null) throw new MeshError(lastError().message);
  try {
    const [vertices, triangles] = [native().sc_iso_vertices(iso), native().sc_iso_triangles(iso)].map(Number);
    const positions = new Float32Array(3 * (vertices ?? 0));
    const normals = new Float32Array(positions.length);
    const indices = new Uint32Array(3 * (triangles ?? 0));
    const counts = [positions.length / 3, indices, indices.length / 3] as const;
    if (indices.length > 0 && native().sc_iso_copy(iso, positions, normals, ...counts) < 0)
      throw new MeshError(lastError().message);
    return { positions, normals, indices };
  } finally {
    native().sc_iso_destroy(iso);
  }
}
