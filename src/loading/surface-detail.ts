import { boundVertices, chunkMesh, clusterVertices, type MeshChunk } from "../native/mesh-kernels.ts";
import type { ReportProgress } from "./read-data.ts";

/** Minimum number of triangles of a surface that is divided: software drivers draw fewer in one frame. */
const MIN_TRIANGLES = 200_000;

/**
 * Triangles of a chunk. Chunks are drawn one after another, and those outside of the view are not drawn at all. On llvmpipe, a mesh of 4
 * million triangles takes 413 ms in chunks of 65,536, 404 in one, and 1,077 in chunks of 16,384; with 4x MSAA 900 and 1,740 ms.
 */
const CHUNK_TRIANGLES = 65_536;

/**
 * Maximum number of triangles of the simplified versions, for frames of a moving view: at 30 frames per second, llvmpipe on two cores
 * draws about 150,000, and SwiftShader 50,000.
 */
const LEVEL_TRIANGLES = [150_000, 50_000] as const;

/** What a large surface needs so that each frame takes bounded time. */
export interface SurfaceDetail {
  /** Contiguous ranges of its indices. */
  readonly chunks: readonly MeshChunk[];
  /** Simplified versions, the most detailed first; none if drafts were not requested. */
  readonly levels: readonly SimplifiedSurface[];
  /** x, y, z of the outermost vertices in all directions: enough to fit the camera. */
  readonly outline: Float32Array;
}

/**
 * A simplified version, with vertices of its own: spread over the arrays of 4 million vertices, they would be fetched from memory one by
 * one.
 */
interface SimplifiedSurface {
  /** The vertex of the surface for each vertex of this one, increasing. */
  readonly vertices: Uint32Array;
  /** Three vertices of this one for each triangle. */
  readonly indices: Uint32Array;
}

interface SurfaceArrays {
  readonly positions: Float32Array;
  readonly normals?: Float32Array | undefined;
  readonly indices?: Uint32Array | undefined;
}

/**
 * Divides a large surface into chunks, and simplifies it for drafts.
 *
 * @returns undefined for a small surface, or one without indices; otherwise also its indices, which may have another order
 */
export function makeSurfaceDetail(
  { positions, normals, indices }: SurfaceArrays,
  drafts: boolean,
  report: ReportProgress,
): { detail: SurfaceDetail; indices: Uint32Array } | undefined {
  if (indices === undefined || indices.length < 3 * MIN_TRIANGLES) return undefined;
  report("simplifying", 0);
  const divided = chunkMesh({ positions, indices }, CHUNK_TRIANGLES);
  const levels: SimplifiedSurface[] = [];
  let simplified = divided.indices;
  for (const maxTriangles of drafts ? LEVEL_TRIANGLES : []) {
    // Made of the level before, which is much smaller.
    simplified = clusterVertices({ positions, indices: simplified }, maxTriangles, normals).indices;
    levels.push(withOwnVertices(simplified));
    report("simplifying", levels.length / LEVEL_TRIANGLES.length);
  }
  const { outline } = boundVertices(positions);
  return { detail: { chunks: divided.chunks, levels, outline }, indices: divided.indices };
}

/** Numbers the vertices that are used anew. */
export function withOwnVertices(used: Uint32Array): SimplifiedSurface {
  const sorted = used.toSorted();
  const vertices = sorted.filter((vertex, i) => vertex !== sorted[i - 1]);
  const numbers = new Map(Array.from(vertices, (vertex, i) => [vertex, i]));
  return { vertices, indices: used.map((vertex) => numbers.get(vertex) ?? 0) };
}
