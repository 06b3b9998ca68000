import type { Surface } from "../formats/data-kinds.ts";
import {
  analyzeSurface,
  boundVertices,
  chunkMesh,
  clusterVertices,
  type MeshChunk,
} from "../native/mesh-kernels.ts";
import type { ReportProgress } from "./load-phase.ts";

/** Minimum number of triangles of a surface that is divided into chunks: software drivers draw smaller surfaces within a frame's time. */
const MIN_TRIANGLES = 200_000;

/**
 * Triangles per chunk. Each chunk is a draw call, and chunks outside of the view frustum are culled. On llvmpipe, a mesh of 4 million
 * triangles takes 413 ms in chunks of 65,536, 404 ms in one draw call, and 1,077 ms in chunks of 16,384; with 4x MSAA, chunks of 65,536
 * take 900 ms and chunks of 16,384 take 1,740 ms.
 */
const CHUNK_TRIANGLES = 65_536;

/**
 * Maximum number of triangles of each level of detail (LOD), for drafts of a moving view: at 30 frames per second, llvmpipe on two cores
 * draws about 150,000, and SwiftShader 50,000.
 */
const LEVEL_TRIANGLES = [150_000, 50_000] as const;

/** Chunks and levels of detail of a large surface, so that each frame takes bounded time. */
export interface SurfaceDetail {
  /** Contiguous ranges of the surface's indices. */
  readonly chunks: readonly MeshChunk[];
  /** Levels of detail, the most detailed first; empty without drafts. */
  readonly levels: readonly SimplifiedSurface[];
  /** x, y, z of the extreme vertices in all directions, which suffice to fit the camera. */
  readonly outline: Float32Array;
}

/**
 * A level of detail, with a compact vertex array of its own: vertices that are scattered over arrays of 4 million vertices miss the cache
 * one by one.
 */
interface SimplifiedSurface {
  /** For each vertex of this level, its vertex of the surface, in increasing order. */
  readonly vertices: Uint32Array;
  /** Three vertices of this level per triangle. */
  readonly indices: Uint32Array;
}

type SurfaceArrays = Pick<Surface, "positions" | "normals" | "indices" | "cells" | "cellArrays">;

interface DetailedSurface {
  readonly detail: SurfaceDetail;
  /** Can be reordered. */
  readonly indices: Uint32Array;
  /** In the order of the indices; undefined if the triangles are the cells. */
  readonly cells: Uint32Array | undefined;
}

/** The detail of a surface that was shown without. */
export interface LateDetail {
  readonly detail: SurfaceDetail;
  /** The sorted indices; undefined if their order is kept. */
  readonly indices: Uint32Array | undefined;
  /** As `PreparedSurface.isWatertight`. */
  readonly isWatertight: boolean;
}

/** Whether a surface has enough triangles for chunks and levels of detail. */
export function isLarge({ indices }: Pick<Surface, "indices">): boolean {
  return indices !== undefined && indices.length >= 3 * MIN_TRIANGLES;
}

/**
 * Makes the detail of a surface that is already shown. `positions`, `normals` and `indices` are not changed: another thread uses them.
 *
 * @param watertight whether to test if it is watertight
 */
export function makeLateDetail(
  { positions, normals, indices = new Uint32Array() }: Surface,
  watertight: boolean,
): LateDetail | undefined {
  // First, because it needs more memory than the sorted indices.
  const { isWatertight } = analyzeSurface({ positions, indices }, { watertight });
  const made = makeSurfaceDetail({ positions, normals, indices }, true, () => {});
  if (made === undefined) return undefined;
  return { detail: made.detail, indices: made.indices === indices ? undefined : made.indices, isWatertight };
}

/**
 * Divides a large surface into chunks, and makes levels of detail for drafts.
 *
 * @param drafts whether the view moves; without, the surface is one chunk
 * @returns undefined for a small surface, or one without indices
 */
export function makeSurfaceDetail(
  { positions, normals, indices, cells, cellArrays }: SurfaceArrays,
  drafts: boolean,
  report: ReportProgress,
): DetailedSurface | undefined {
  if (indices === undefined || !isLarge({ indices })) return undefined;
  if (!drafts) return { detail: wholeDetail(positions, indices.length), indices, cells };
  report("simplifying", 0);
  const wantsOrder = cells !== undefined || cellArrays !== undefined;
  const { order, ...divided } = chunkMesh({ positions, indices }, CHUNK_TRIANGLES, { wantsOrder });
  const levels: SimplifiedSurface[] = [];
  let simplified = divided.indices;
  for (const maxTriangles of LEVEL_TRIANGLES) {
    // Each level is made from the previous one, which is much smaller than the surface.
    simplified = clusterVertices({ positions, indices: simplified }, maxTriangles, normals).indices;
    levels.push(compactVertices(simplified));
    report("simplifying", levels.length / LEVEL_TRIANGLES.length);
  }
  const { outline } = boundVertices(positions);
  const ordered = cells === undefined ? order : (order?.map((triangle) => cells[triangle] ?? 0) ?? cells);
  return { detail: { chunks: divided.chunks, levels, outline }, indices: divided.indices, cells: ordered };
}

/** The detail for a single picture: one chunk, because sorting the triangles takes longer than culling saves. */
function wholeDetail(positions: Float32Array, count: number): SurfaceDetail {
  const { min, max, outline } = boundVertices(positions);
  const radius = Math.hypot(...[0, 1, 2].map((axis) => ((max[axis] ?? 0) - (min[axis] ?? 0)) / 2));
  return { chunks: [{ start: 0, count, min, max, radius }], levels: [], outline };
}

/** Renumbers the used vertices, so that unused ones need no memory. */
export function compactVertices(used: Uint32Array): SimplifiedSurface {
  const sorted = used.toSorted();
  const vertices = sorted.filter((vertex, i) => vertex !== sorted[i - 1]);
  const numbers = new Map(Array.from(vertices, (vertex, i) => [vertex, i]));
  return { vertices, indices: used.map((vertex) => numbers.get(vertex) ?? 0) };
}
