import type { Mesh, Surface } from "../formats/data-kinds.ts";
import { analyzeSurface, appendVertices, clusterVertices } from "../native/mesh-kernels.ts";
import { MISSING } from "../scalars/scalar-field.ts";
import type { ChosenScalars, ElementScalars } from "./choose-scalars.ts";
import type { PreparedMesh, PreparedSurface } from "./prepared-data.ts";
import { compactVertices } from "./surface-detail.ts";

/** Minimum number of triangles of a file for a coarse version: smaller meshes are prepared in less than a second. */
const MIN_TRIANGLES = 10_000_000;

/** Maximum number of triangles of each surface, as in the levels of detail. */
const MAX_TRIANGLES = 150_000;

/**
 * Makes a coarse version of a very large mesh, which is shown while the normals and the levels of detail of the whole mesh are
 * computed: that takes five times as long.
 *
 * @param scalars the values that color it
 * @returns undefined for a smaller mesh, or one without indices
 */
export function coarseMesh(data: Mesh, scalars?: ChosenScalars): PreparedMesh | undefined {
  const { surfaces, warnings } = data;
  const corners = surfaces.reduce((sum, { indices }) => sum + (indices?.length ?? 0), 0);
  if (corners < 3 * MIN_TRIANGLES) return undefined;
  const coarse = surfaces.flatMap((surface) => coarseSurface(surface, scalars?.surfaces.get(surface)) ?? []);
  const triangles = coarse.reduce((sum, { indices }) => sum + (indices?.length ?? 0) / 3, 0);
  const counts = { triangles, points: 0, lines: 0 };
  return { ...data, surfaces: coarse, lines: undefined, points: undefined, warnings: [...warnings], counts };
}

function coarseSurface(
  { positions, indices, colors, flat, material, cells }: Surface,
  layers: readonly ElementScalars[] = [],
): PreparedSurface | undefined {
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
  const trianglesOf = layers.some(({ of }) => of === "cells")
    ? trianglesOfVertices(indices, vertices)
    : vertices;
  const scalars = layers.map((layer) => {
    const values = Float32Array.from(vertices, (vertex, i) => {
      const triangle = trianglesOf[i] ?? 0;
      const element = layer.of === "points" ? vertex : (cells?.[triangle] ?? triangle);
      return layer.field.values[element] ?? MISSING;
    });
    const flat = layer.flat || layer.field.labels !== undefined;
    return { ...layer, flat, field: { ...layer.field, values: appendVertices(values, 1, sources) } };
  });
  return {
    scalars,
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

/** Returns one of the triangles of each vertex. @param vertices in increasing order */
function trianglesOfVertices(indices: Uint32Array, vertices: Uint32Array): Uint32Array {
  const triangles = new Uint32Array((vertices.at(-1) ?? 0) + 1);
  for (let i = 0; i < indices.length; i += 1) triangles[indices[i] ?? 0] = Math.floor(i / 3);
  return vertices.map((vertex) => triangles[vertex] ?? 0);
}
