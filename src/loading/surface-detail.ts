import { clusterVertices, extremeVertices, rangeBounds } from "../native/mesh-kernels.ts";
import type { ReportProgress } from "./read-data.ts";

/** Minimum number of triangles of a surface that is divided: software drivers draw fewer in one frame. */
const MIN_TRIANGLES = 200_000;

/**
 * Triangles of a part. Parts are drawn one after another, and those outside of the view are not drawn at all. On llvmpipe, a mesh of 4
 * million triangles takes 413 ms in parts of 65,536, 404 in one, and 1,077 in parts of 16,384; with 4x MSAA 900 and 1,740 ms.
 */
const PART_TRIANGLES = 65_536;

/**
 * Maximum number of triangles of the simplified versions, for frames of a moving view: at 30 frames per second, llvmpipe on two cores
 * draws about 150,000, and SwiftShader 50,000.
 */
const LEVEL_TRIANGLES = [150_000, 50_000] as const;

/** A contiguous range of the indices of a surface. */
export interface SurfacePart {
  readonly start: number;
  readonly count: number;
  /** Smallest x, y, z and largest x, y, z. */
  readonly box: Float32Array;
}

/** What a large surface needs so that each frame takes bounded time. */
export interface SurfaceDetail {
  readonly parts: readonly SurfacePart[];
  /** Vertex indices of simplified versions, the largest first. */
  readonly levels: readonly Uint32Array[];
  /** x, y, z of vertices that are as far out as all, in all directions: enough to fit the camera. */
  readonly outline: Float32Array;
}

interface SurfaceArrays {
  readonly positions: Float32Array;
  readonly normals?: Float32Array | undefined;
  readonly indices?: Uint32Array | undefined;
}

/** Divides a surface into parts and simplifies it. @returns undefined for a small one, or one without indices */
export function makeSurfaceDetail(surface: SurfaceArrays, report: ReportProgress): SurfaceDetail | undefined {
  const { positions, indices, normals } = surface;
  const triangles = Math.floor((indices?.length ?? 0) / 3);
  if (indices === undefined || triangles < MIN_TRIANGLES) return undefined;
  report("simplifying", 0);
  const boxes = rangeBounds(positions, indices, 3 * PART_TRIANGLES);
  const parts = Array.from({ length: boxes.length / 6 }, (_, i): SurfacePart => {
    const start = 3 * PART_TRIANGLES * i;
    const count = Math.min(3 * PART_TRIANGLES, 3 * triangles - start);
    return { start, count, box: boxes.slice(6 * i, 6 * i + 6) };
  });
  const levels: Uint32Array[] = [];
  for (const maxTriangles of LEVEL_TRIANGLES) {
    // Each is made of the one before, which is smaller.
    levels.push(
      clusterVertices({ positions, normals, indices: levels.at(-1) ?? indices }, maxTriangles).indices,
    );
    report("simplifying", levels.length / LEVEL_TRIANGLES.length);
  }
  return { parts, levels, outline: extremeVertices(positions) };
}
