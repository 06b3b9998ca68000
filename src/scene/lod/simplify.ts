import { Box3, type BufferAttribute, type BufferGeometry, type InterleavedBufferAttribute } from "three";
import { weld } from "../../native/mesh-kernels.ts";
import { positionsOf } from "../positions-of.ts";
import { type CornerRange, type Triangles, triangleChunks } from "./triangle-chunks.ts";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

/**
 * Maximum number of triangles per chunk: 10 ms of work (up to 60 ms before the code is optimized). The borders of chunks are not
 * simplified, so that chunks fit together; with smaller chunks the borders would have too many triangles.
 */
const MAX_CHUNK_TRIANGLES = 2 ** 14;

/** Maximum displacement of the surface, relative to its extent: 2 px if it fills an image of 720 rows. */
const MAX_ERROR = 0.003;

/**
 * Weight of a change of normal or color by 1, as a displacement relative to the extent. With 0 the bunny keeps its silhouette but
 * loses its eye and fur; from 0.5 the silhouette deteriorates.
 */
const SHADING_WEIGHT = 0.3;

/** Flag of meshoptimizer's vertex locks: preserves seams at this vertex. */
const PROTECT = 2;

/** Maximum number of vertices compared at one position, since the work grows with the square of their number. */
const MAX_COMPARED_VERTICES = 64;

type Attribute = BufferAttribute | InterleavedBufferAttribute;

/** Part of a mesh with merged vertices, as input of meshoptimizer. */
interface Chunk {
  /** Vertices of the chunk, three for each triangle. */
  readonly indices: Uint32Array;
  /** For each vertex of the chunk, its index in the geometry. */
  readonly vertices: Uint32Array;
  readonly positions: Float32Array;
  /** For each vertex, PROTECT at seams of the texture or colors, otherwise 0. */
  readonly locks: Uint8Array;
}

/**
 * Simplifies a mesh to fewer triangles of the same vertices. Boundaries and seams of colors and textures are preserved. Yields to the
 * event loop every few milliseconds.
 *
 * @param ranges simplified separately
 * @param ratio share of triangles to keep; more are kept where the shape requires it
 * @returns for each range the vertex indices of its triangles
 * @throws the reason of the signal, once it is aborted; RangeError if there is not enough memory
 */
export async function simplifyTriangles(
  geometry: BufferGeometry,
  ranges: readonly CornerRange[],
  ratio: number,
  signal: AbortSignal,
): Promise<Uint32Array[]> {
  const { MeshoptSimplifier } = await import("meshoptimizer/simplifier");
  await MeshoptSimplifier.ready;
  const { position, normal, color, ...others } = geometry.attributes;
  if (position === undefined) return ranges.map(() => new Uint32Array());
  if (geometry.boundingBox === null) geometry.computeBoundingBox();
  const box = geometry.boundingBox ?? new Box3();
  const index = geometry.index?.array;
  const triangles: Triangles = {
    positions: positionsOf(position),
    box,
    vertexOf: index === undefined ? (corner) => corner : (corner) => index[corner] ?? 0,
  };
  const shading = [normal, color].filter((attribute) => attribute !== undefined);
  const seams = [color, ...Object.values(others)].filter((attribute) => attribute !== undefined);
  const extent = Math.max(box.max.x - box.min.x, box.max.y - box.min.y, box.max.z - box.min.z);

  const simplifyChunk = (corners: Uint32Array): Uint32Array => {
    const chunk = mergeVertices(triangles, corners, normal, seams);
    const values = packAttributes(shading, chunk.vertices);
    // The simplifier expects weights relative to the extent of its input, the chunk.
    const weight = (SHADING_WEIGHT * extent) / (MeshoptSimplifier.getScale(chunk.positions, 3) || 1);
    const [kept] = MeshoptSimplifier.simplifyWithAttributes(
      chunk.indices,
      chunk.positions,
      3,
      values,
      3 * shading.length,
      new Array<number>(3 * shading.length).fill(weight),
      chunk.locks,
      3 * Math.floor(corners.length * ratio),
      MAX_ERROR * extent,
      ["LockBorder", "ErrorAbsolute", "Permissive"],
    );
    return kept.map((vertex) => chunk.vertices[vertex] ?? 0);
  };

  const simplified: Uint32Array[] = [];
  for (const range of ranges) {
    const parts: Uint32Array[] = [];
    for (const corners of await triangleChunks(triangles, range, MAX_CHUNK_TRIANGLES, signal)) {
      await yieldToEventLoop(signal);
      parts.push(simplifyChunk(corners));
    }
    simplified.push(concatenate(parts));
  }
  return simplified;
}

/**
 * Extracts a chunk of a mesh and merges vertices with equal attributes, which the simplifier would not connect otherwise.
 *
 * @param seams attributes whose discontinuities are preserved
 */
function mergeVertices(
  { positions, vertexOf }: Triangles,
  corners: Uint32Array,
  normal: Attribute | undefined,
  seams: readonly Attribute[],
): Chunk {
  const used = new Uint32Array(3 * corners.length);
  const usedPositions = new Float32Array(3 * used.length);
  for (let c = 0; c < used.length; c += 1) {
    const vertex = vertexOf((corners[Math.floor(c / 3)] ?? 0) + (c % 3));
    used[c] = vertex;
    for (let axis = 0; axis < 3; axis += 1) usedPositions[3 * c + axis] = positions[3 * vertex + axis] ?? 0;
  }
  const { ids, count: positionCount } = weld(usedPositions);
  const newest = new Int32Array(positionCount).fill(-1);
  const onSeam = new Uint8Array(positionCount);
  const before = new Int32Array(used.length);
  const indices = new Uint32Array(used.length);
  const vertices = new Uint32Array(used.length);
  const positionOf = new Uint32Array(used.length);
  let count = 0;
  for (let c = 0; c < used.length; c += 1) {
    const vertex = used[c] ?? 0;
    const position = ids[c] ?? 0;
    const head = newest[position] ?? -1;
    let same = head;
    for (let steps = 0; same !== -1; steps += 1) {
      const other = vertices[same] ?? 0;
      if (other === vertex) break;
      const isEqual =
        equalValues(seams, other, vertex) && (normal === undefined || equalValues([normal], other, vertex));
      if (isEqual) break;
      same = steps < MAX_COMPARED_VERTICES ? (before[same] ?? -1) : -1;
    }
    if (same === -1) {
      if (head !== -1 && !equalValues(seams, vertices[head] ?? 0, vertex)) onSeam[position] = PROTECT;
      same = count;
      vertices[same] = vertex;
      positionOf[same] = position;
      before[same] = head;
      newest[position] = same;
      count += 1;
    }
    indices[c] = same;
  }
  const mergedPositions = new Float32Array(3 * count);
  const locks = new Uint8Array(count);
  for (let v = 0; v < count; v += 1) {
    const vertex = vertices[v] ?? 0;
    mergedPositions.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * v);
    locks[v] = onSeam[positionOf[v] ?? 0] ?? 0;
  }
  return { indices, vertices: vertices.subarray(0, count), positions: mergedPositions, locks };
}

function equalValues(attributes: readonly Attribute[], a: number, b: number): boolean {
  for (const attribute of attributes) {
    for (let i = 0; i < attribute.itemSize; i += 1) {
      if (attribute.getComponent(a, i) !== attribute.getComponent(b, i)) return false;
    }
  }
  return true;
}

/** Packs the first three components of each attribute, vertex by vertex. */
function packAttributes(attributes: readonly Attribute[], vertices: Uint32Array): Float32Array {
  const values = new Float32Array(3 * attributes.length * vertices.length);
  let at = 0;
  for (const vertex of vertices) {
    for (const attribute of attributes) {
      for (let i = 0; i < 3; i += 1, at += 1) {
        if (i < attribute.itemSize) values[at] = attribute.getComponent(vertex, i);
      }
    }
  }
  return values;
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
