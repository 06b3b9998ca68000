import { findInvalidIndex, invalidIndexReason } from "../geometry/collapse-invalid.ts";
import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";
import type { DataArray, Mesh, NumericArray, Points } from "./data-kinds.ts";
import { DataError } from "./load-error.ts";
import { type Affine, voxelToWorld } from "./volume/affine.ts";

interface AnatomicalSurface {
  /** x, y, z of each vertex, mm. */
  readonly points: NumericArray;
  /** Vertices of each triangle; undefined for points only. */
  readonly triangles?: NumericArray | undefined;
  /** Matrix that the points are multiplied by; default: none. */
  readonly transform?: Affine | undefined;
  readonly arrays: readonly DataArray[];
  /** See `Mesh.structure`. */
  readonly structure: string | undefined;
  readonly warnings: string[];
}

/**
 * Makes the data of a surface of anatomy, or of its points.
 *
 * @throws DataError if a triangle uses a vertex that does not exist
 */
export function anatomicalSurface(surface: AnatomicalSurface): Mesh | Points {
  const { triangles, arrays, structure, warnings } = surface;
  const points =
    surface.transform === undefined ? surface.points : transformed(surface.points, surface.transform);
  const origin = coordinateOrigin(points);
  const positions = relativeTo(origin, points);
  if (triangles === undefined) return { kind: "points", origin, warnings, vertices: { positions, arrays } };
  const vertices = positions.length / 3;
  const invalid = findInvalidIndex(triangles, vertices);
  if (invalid !== undefined) throw new DataError(invalidIndexReason(invalid, vertices));
  const indices = new Uint32Array(triangles);
  const surfaces = [{ positions, indices, arrays }];
  const parts = { surfaces, lines: undefined, points: undefined };
  return { kind: "mesh", origin, warnings, ...parts, space: "ras", structure };
}

function transformed(points: NumericArray, affine: Affine): Float64Array {
  const result = new Float64Array(points.length);
  for (let i = 0; i + 2 < points.length; i += 3)
    result.set(voxelToWorld(affine, points.subarray(i, i + 3)), i);
  return result;
}
