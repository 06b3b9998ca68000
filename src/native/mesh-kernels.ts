import { MeshError } from "./errors.ts";
import { allocateShared, extended } from "./shared-array.ts";
import { lastError, native, toPointer } from "./symbols.ts";

/**
 * Share of the vertices for which the array of normals has spare room, so that a mesh with few creases needs no copy of it: that takes
 * 30 ms for 4 million vertices.
 */
const SPARE_NORMALS = 1 / 64;

/** Values of native/mesh_bounds.h and native/mesh_chunks.h. */
const BOUNDS = { max: 12, invalid: 24, bytes: 32 } as const;
const MAX_EXTREMES = 6 * 64 ** 2;
const CHUNK_FLOATS = 7;

/**
 * Maximum total surface area of the chunks' bounding boxes, relative to the area of the mesh's bounding box, at which the order of
 * a file is kept. It is 2 to 6 for a closed surface in Morton order, and the number of chunks in random order.
 */
const MAX_CHUNK_SURFACE = 8;

/** Number of chunks that are sampled to decide whether a mesh is spatially sorted. */
const SAMPLED_CHUNKS = 16;

type Vec3 = readonly [x: number, y: number, z: number];

/** Distinct positions of vertices, in the order of their first occurrence. */
export interface Weld {
  /** Position number of each vertex, from 0. */
  readonly ids: Uint32Array;
  /** Number of distinct positions. */
  readonly count: number;
}

/** Triangles that share vertices. */
export interface IndexedMesh {
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Three vertices per triangle; default: each vertex once, in order. */
  readonly indices?: Uint32Array | undefined;
}

export interface SurfaceAnalysis {
  /** x, y, z of the normals of the vertices, then of the appended vertices. Empty if not requested. */
  readonly normals: Float32Array;
  /** For each appended vertex, the vertex whose position and other attributes it copies. */
  readonly sources: Uint32Array;
  /** Whether the mesh is watertight except for small holes, with its faces oriented outward. False if not requested. */
  readonly isWatertight: boolean;
}

/** Welds vertices: those with equal coordinates get the same position number. -0 equals 0. */
export function weld(positions: Float32Array): Weld {
  const ids = new Uint32Array(positions.length / 3);
  const count = checked(Number(native().sc_mesh_weld(positions, ids.length, ids)));
  return { ids, count };
}

/**
 * Computes vertex normals with a crease angle of 60 degrees, and whether the mesh is watertight. Where the corners of a vertex
 * have different normals, vertices are appended and `indices` is modified to use them: the caller extends its arrays with
 * {@link appendVertices}. Nothing is appended to a smooth mesh, or to a mesh without indices, which has one vertex per corner.
 *
 * Vertices with equal coordinates are shaded as one if triangles do not completely surround them, as at seams; where closed parts
 * touch, they stay separate.
 *
 * Runs on several threads, in linear time except for positions with many creases.
 *
 * @throws MeshError if an index is out of range, or there is not enough memory; `indices` is then unchanged
 */
export function analyzeSurface(
  { positions, indices }: IndexedMesh,
  wanted: { normals?: boolean; watertight?: boolean },
): SurfaceAnalysis {
  const vertices = Math.floor(positions.length / 3);
  const corners = indices?.length ?? vertices;
  const spare = Math.ceil(vertices * SPARE_NORMALS);
  const normals = wanted.normals ? allocateShared(Float32Array, 3 * (vertices + spare)) : undefined;
  const mesh = [positions, vertices, indices ?? null, corners - (corners % 3)] as const;
  const surface = toPointer(
    native().sc_surface_create(...mesh, Number(wanted.watertight ?? false), normals ?? null),
  );
  if (surface === null) throw lastMeshError();
  try {
    const isWatertight = native().sc_surface_is_watertight(surface) === 1;
    if (normals === undefined)
      return { normals: new Float32Array(), sources: new Uint32Array(), isWatertight };
    const appended = native().sc_surface_appended(surface);
    const sources = new Uint32Array(appended);
    const all = appended <= spare ? normals : new Float32Array(3 * (vertices + appended));
    if (all !== normals) all.set(normals.subarray(0, 3 * vertices));
    const tail = all.subarray(3 * vertices, 3 * (vertices + appended));
    checked(native().sc_surface_copy(surface, tail, sources, appended));
    return { normals: all.subarray(0, 3 * (vertices + appended)), sources, isWatertight };
  } finally {
    native().sc_surface_destroy(surface);
  }
}

export interface SimplifiedMesh {
  /** Three vertices of the original mesh per triangle. */
  readonly indices: Uint32Array;
  /** Maximum distance by which a vertex was moved. */
  readonly error: number;
}

/**
 * Simplifies a mesh by vertex clustering, in linear time, to at most `maxTriangles` triangles of a subset of its vertices. Any
 * triangles can be simplified, and the winding is kept, but holes and gaps narrower than the error close.
 *
 * @param normals normals of the vertices; with them, the two sides of a thin sheet are not merged
 * @throws MeshError if an index is out of range, or there is not enough memory
 */
export function clusterVertices(
  { positions, indices }: IndexedMesh & { readonly indices: Uint32Array },
  maxTriangles: number,
  normals?: Float32Array,
): SimplifiedMesh {
  const vertices = Math.floor(positions.length / 3);
  if (normals !== undefined && normals.length < 3 * vertices)
    throw new MeshError(`${vertices} vertices have only ${Math.floor(normals.length / 3)} normals.`);
  const kept = new Uint32Array(
    3 * Math.min(Math.max(0, Math.floor(maxTriangles)), Math.floor(indices.length / 3)),
  );
  const error = new Float64Array(1);
  const corners = indices.length - (indices.length % 3);
  const count = checked(
    Number(
      native().sc_mesh_cluster(
        positions,
        vertices,
        normals ?? null,
        indices,
        corners,
        kept,
        kept.length / 3,
        error,
      ),
    ),
  );
  return { indices: kept.slice(0, 3 * count), error: error[0] ?? 0 };
}

/** A chunk: a contiguous range of a mesh's indices, a unit of culling and drawing. */
export interface MeshChunk {
  /** First corner. */
  readonly start: number;
  /** Number of corners. */
  readonly count: number;
  /** Bounding box of the finite vertices. */
  readonly min: Vec3;
  readonly max: Vec3;
  /** Radius of the bounding sphere of the finite vertices around the centre of the box; -1 without a finite vertex. */
  readonly radius: number;
}

/**
 * Divides a mesh into chunks of nearby triangles. The order of most files is already suitable; other meshes are sorted by Morton code.
 *
 * @param options.wantsOrder whether to return the order of the sorted triangles; default: false
 * @returns `indices` is the array of the mesh, or a sorted copy; `order` is then the number of each triangle in the array of the mesh
 * @throws MeshError if an index is out of range, or there is not enough memory
 */
export function chunkMesh(
  mesh: IndexedMesh & { readonly indices: Uint32Array },
  trianglesPerChunk: number,
  { wantsOrder = false } = {},
): { indices: Uint32Array; chunks: MeshChunk[]; order?: Uint32Array | undefined } {
  const { positions, indices } = mesh;
  if (isOrdered(mesh, trianglesPerChunk)) return { indices, chunks: boundChunks(mesh, trianglesPerChunk) };
  const sorted = new Uint32Array(indices.length - (indices.length % 3));
  const order = wantsOrder ? new Uint32Array(sorted.length / 3) : undefined;
  const vertices = Math.floor(positions.length / 3);
  checked(native().sc_mesh_order(positions, vertices, indices, sorted.length, sorted, order ?? null));
  return { indices: sorted, chunks: boundChunks({ positions, indices: sorted }, trianglesPerChunk), order };
}

function boundChunks(
  { positions, indices }: IndexedMesh & { readonly indices: Uint32Array },
  trianglesPerChunk: number,
): MeshChunk[] {
  const corners = indices.length - (indices.length % 3);
  const perChunk = 3 * trianglesPerChunk;
  const count = Math.ceil(corners / perChunk);
  const bounds = new Float32Array(CHUNK_FLOATS * count);
  const vertices = Math.floor(positions.length / 3);
  checked(
    native().sc_mesh_chunk_bounds(
      positions,
      vertices,
      indices,
      corners,
      trianglesPerChunk,
      bounds,
      bounds.length,
    ),
  );
  return Array.from({ length: count }, (_, i) => {
    const start = i * perChunk;
    const [minX = 0, minY = 0, minZ = 0, maxX = 0, maxY = 0, maxZ = 0, radius = -1] = bounds.subarray(
      CHUNK_FLOATS * i,
      CHUNK_FLOATS * (i + 1),
    );
    return {
      start,
      count: Math.min(perChunk, corners - start),
      min: [minX, minY, minZ],
      max: [maxX, maxY, maxZ],
      radius,
    };
  });
}

/** Whether the triangles of each chunk are close together, judged by a sample of the chunks: all would take a tenth of the loading time. */
function isOrdered(
  { positions, indices }: { positions: Float32Array; indices: Uint32Array },
  trianglesPerChunk: number,
): boolean {
  const perChunk = 3 * trianglesPerChunk;
  const step = perChunk * Math.max(1, Math.floor(indices.length / perChunk / SAMPLED_CHUNKS));
  const sample: MeshChunk[] = [];
  for (let start = 0; start < indices.length; start += step) {
    sample.push(
      ...boundChunks({ positions, indices: indices.subarray(start, start + perChunk) }, trianglesPerChunk),
    );
  }
  return isCompact(sample, step / perChunk);
}

/** @param weight number of chunks of the mesh that each sampled chunk represents */
function isCompact(chunks: readonly MeshChunk[], weight: number): boolean {
  const min: [number, number, number] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ];
  const max: [number, number, number] = [
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  let surface = 0;
  for (const chunk of chunks) {
    if (chunk.radius < 0) continue;
    surface += surfaceOf(chunk.min, chunk.max);
    for (const axis of [0, 1, 2] as const) {
      min[axis] = Math.min(min[axis], chunk.min[axis]);
      max[axis] = Math.max(max[axis], chunk.max[axis]);
    }
  }
  const isFew = weight * chunks.length <= MAX_CHUNK_SURFACE;
  return isFew || weight * surface <= MAX_CHUNK_SURFACE * surfaceOf(min, max);
}

/** Half of the surface area of a box. */
function surfaceOf(min: Vec3, max: Vec3): number {
  const [x, y, z] = [max[0] - min[0], max[1] - min[1], max[2] - min[2]];
  return x * y + y * z + z * x;
}

export interface VertexBounds {
  /** Bounding box of the finite vertices; `min` is above `max` without a finite vertex. */
  readonly min: Vec3;
  readonly max: Vec3;
  /** Number of vertices with a coordinate that is not finite, or above MAX_COORDINATE. */
  readonly invalid: number;
  /**
   * At most 24,576 extreme vertices in increasing order, enough to fit a camera to the mesh: in every direction, the farthest of
   * them falls short of the farthest vertex by at most 2 % of the longest side of the bounding box.
   */
  readonly extremes: Uint32Array;
  /** x, y, z of the extreme vertices. */
  readonly outline: Float32Array;
}

/**
 * Numbers the vertices that triangles use in the order of their first corner.
 *
 * @param indices three vertices per triangle; replaced by the new numbers
 * @param vertices number of vertices
 * @returns the former number of each vertex that is used
 * @throws MeshError if an index is out of range, or there is not enough memory
 */
export function compactIndices(indices: Uint32Array, vertices: number): Uint32Array {
  if (indices.length === 0) return new Uint32Array();
  const used = new Uint32Array(Math.min(vertices, indices.length));
  const count = checked(Number(native().sc_mesh_compact(indices, indices.length, vertices, used)));
  return used.subarray(0, count);
}

/** Counts the vertices with a coordinate that is not finite, or above MAX_COORDINATE. */
export function countInvalid(positions: Float32Array): number {
  if (positions.length === 0) return 0;
  const bounds = new Uint8Array(BOUNDS.bytes);
  checked(native().sc_mesh_bounds(positions, Math.floor(positions.length / 3), bounds));
  return Number(new DataView(bounds.buffer).getBigUint64(BOUNDS.invalid, true));
}

/** Computes the bounding box of vertices, and the extreme vertices, to which a camera is fitted. */
export function boundVertices(positions: Float32Array): VertexBounds {
  const vertices = Math.floor(positions.length / 3);
  const bounds = new Uint8Array(BOUNDS.bytes);
  const extremes = new Uint32Array(MAX_EXTREMES);
  checked(native().sc_mesh_bounds(positions, vertices, bounds));
  const count = checked(native().sc_mesh_extremes(positions, vertices, bounds, extremes, extremes.length));
  const outline = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    const at = 3 * (extremes[i] ?? 0);
    outline[3 * i] = positions[at] ?? 0;
    outline[3 * i + 1] = positions[at + 1] ?? 0;
    outline[3 * i + 2] = positions[at + 2] ?? 0;
  }
  const view = new DataView(bounds.buffer);
  const vector = (at: number): Vec3 => [
    view.getFloat32(at, true),
    view.getFloat32(at + 4, true),
    view.getFloat32(at + 8, true),
  ];
  return {
    min: vector(0),
    max: vector(BOUNDS.max),
    invalid: Number(view.getBigUint64(BOUNDS.invalid, true)),
    extremes: extremes.slice(0, count),
    outline,
  };
}

type VertexValues = Int8Array | Uint8Array | Int16Array | Uint16Array | Uint32Array | Float32Array;

/** Extends a vertex attribute by the values of the appended vertices, see {@link SurfaceAnalysis.sources}. */
export function appendVertices<T extends VertexValues>(values: T, itemSize: number, sources: Uint32Array): T {
  if (sources.length === 0) return values;
  const all = extended(values, itemSize * sources.length);
  let at = values.length;
  for (const source of sources) {
    for (let i = 0; i < itemSize; i += 1, at += 1) all[at] = values[itemSize * source + i] ?? 0;
  }
  return all;
}

function checked(result: number): number {
  if (result < 0) throw lastMeshError();
  return result;
}

function lastMeshError(): MeshError {
  return new MeshError(`${lastError().message}.`);
}
