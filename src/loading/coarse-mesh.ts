import type { Mesh, Surface } from "../formats/data-kinds.ts";
import { analyzeSurface, appendVertices, clusterVertices } from "../native/mesh-kernels.ts";
import type { PreparedMesh, PreparedSurface } from "./prepare-data.ts";
import { compactVertices } from "./surface-detail.ts";

/** Minimum number of triangles of a file for a coarse version: smaller meshes are prepared in less than 0.3 s. */
const MIN_TRIANGLES = 2_000_000;

/** Maximum number of triangles of each surface, as in the levels of detail. */
const MAX_TRIANGLES = 150_000;

/**
 * Makes a coarse version of a very large mesh, which is shown while the normals and the levels of detail of the whole mesh are
 * computed: that takes five times as long.
 *
 * @returns undefined for a smaller mesh, or one without indices
 */
export function coarseMesh(data: Mesh): PreparedMesh | undefined {
  const { surfaces, warnings } = data;
  const corners = surfaces.reduce((sum, { indices }) => sum + (indices?.length ?? 0), 0);
  if (corners < 3 * MIN_TRIANGLES) return undefined;
  const coarse = surfaces.flatMap((surface) => coarseSurface(surface) ?? []);
  const triangles = coarse.reduce((sum, { indices }) => sum + (indices?.length ?? 0) / 3, 0);
  const counts = { triangles, points: 0, lines: 0 };
  return { ...data, surfaces: coarse, lines: undefined, points: undefined, warnings: [...warnings], counts };
}

function coarseSurface({ positions, indices, colors, flat, material }: Surface): PreparedSurface | undefined {
  if (indices === undefined) return undefined;
  const { vertices, indices: own } = compactVertices(
    clusterVertices({ positions, indices }, MAX_TRIANGLES).indices,
  );
  if (own.length === 0) return undefined;
  const gather = (values: Float32Array) =>
    Float32Array.from(
      { length: 3 * vertices.length },
      (_, i) => values[3 * (vertices[Math.floor(i / 3)] ?? 0) + (i % 3)] ?? 0,
    );
  const ownPositions = gather(positions);
  const ownColors = colors && gather(colors);
  const { normals, sources } = analyzeSurface({ positions: ownPositions, indices: own }, { normals: true });
  return {
    positions: appendVertices(ownPositions, 3, sources),
    indices: own,
    normals,
    colors: ownColors && appendVertices(ownColors, 3, sources),
    ...(flat !== undefined && { flat }),
    material: material && { ...material, textures: {} },
    isWatertight: false,
    detail: undefined,
  };
}
