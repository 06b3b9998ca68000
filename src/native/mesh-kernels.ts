import { MeshError } from "./errors.ts";
import { lastError, native, toPointer } from "./symbols.ts";

/** Flags of native/mesh_surface.h. */
const SURFACE = { normals: 1, watertight: 2, distinct: 4 } as const;

/** Distinct positions of vertices, in the order of their first occurrence. */
export interface Weld {
  /** Position number of each vertex, from 0. */
  readonly ids: Uint32Array;
  /** Number of distinct positions. */
  readonly count: number;
}

/** Positions in the records of a file: at the start of each record, up to three of three little-endian float32 each. */
export interface PositionRecords {
  /** From the first position on. Needs no alignment. */
  readonly bytes: Uint8Array;
  /** Bytes from one record to the next. Binary STL: 50. */
  readonly stride: number;
  /** Number of positions in a record. Binary STL: 3. */
  readonly perRecord: 1 | 2 | 3;
  readonly records: number;
}

/** Triangles that share vertices. */
export interface IndexedMesh {
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Three vertices for each triangle; default: each vertex once, in order. */
  readonly indices?: Uint32Array | undefined;
  /** No two vertices have the same position, as after {@link indexRecords}: saves a third of the time. Default: false. */
  readonly distinct?: boolean;
}

export interface SurfaceAnalysis {
  /** x, y, z of each vertex's normal, then of the appended vertices. Empty if not wanted. */
  readonly normals: Float32Array;
  /** For each appended vertex, the vertex whose position and other attributes it has. */
  readonly sources: Uint32Array;
  /** Watertight except for small holes, with the faces oriented outward. False if not wanted. */
  readonly isWatertight: boolean;
}

/** Numbers the distinct positions of vertices. -0 equals 0. */
export function weld(positions: Float32Array): Weld {
  const ids = new Uint32Array(positions.length / 3);
  const count = checked(
    Number(native().sc_mesh_weld(positions, positions.byteLength, 12, 1, ids, ids.length)),
  );
  return { ids, count };
}

/**
 * Makes an indexed mesh of the positions in a file, without a copy of all of them.
 *
 * @throws MeshError if the bytes are too few, or there is not enough memory
 */
export function indexRecords(source: PositionRecords): { positions: Float32Array; indices: Uint32Array } {
  const { bytes, stride, perRecord } = source;
  const indices = new Uint32Array(source.records * perRecord);
  const input = [bytes, bytes.byteLength, stride, perRecord, indices, indices.length] as const;
  const count = checked(Number(native().sc_mesh_weld(...input)));
  const positions = new Float32Array(3 * count);
  checked(native().sc_mesh_distinct_positions(...input, positions, count));
  return { positions, indices };
}

/**
 * Computes vertex normals with creases of 60 degrees, and whether the mesh is watertight. Where the corners of a vertex have
 * different normals, vertices are appended and `indices` is modified to use them: the caller extends its arrays by
 * {@link SurfaceAnalysis.sources}. Smooth meshes need none. A mesh without indices has one vertex per corner, so none either.
 *
 * Runs on several threads, in linear time except for positions with many creases.
 *
 * @throws MeshError if an index is out of range, or there is not enough memory; `indices` is then unchanged
 */
export function analyzeSurface(
  { positions, indices, distinct = false }: IndexedMesh,
  wanted: { normals?: boolean; watertight?: boolean },
): SurfaceAnalysis {
  const flags =
    (wanted.normals ? SURFACE.normals : 0) |
    (wanted.watertight ? SURFACE.watertight : 0) |
    (distinct ? SURFACE.distinct : 0);
  const vertices = Math.floor(positions.length / 3);
  const corners = indices?.length ?? vertices;
  const surface = toPointer(
    native().sc_surface_create(positions, vertices, indices ?? null, corners - (corners % 3), flags),
  );
  if (surface === null) throw lastMeshError();
  try {
    const appended = native().sc_surface_appended(surface);
    const normals = new Float32Array(wanted.normals ? 3 * (vertices + appended) : 0);
    const sources = new Uint32Array(appended);
    if (wanted.normals)
      checked(native().sc_surface_copy(surface, normals, normals.length, sources, sources.length));
    return { normals, sources, isWatertight: native().sc_surface_is_watertight(surface) === 1 };
  } finally {
    native().sc_surface_destroy(surface);
  }
}

/** Extends an array by the values of the appended vertices. */
export function appendVertices(values: Float32Array, itemSize: number, sources: Uint32Array): Float32Array {
  if (sources.length === 0) return values;
  const extended = new Float32Array(values.length + itemSize * sources.length);
  extended.set(values);
  let at = values.length;
  for (const source of sources) {
    for (let i = 0; i < itemSize; i += 1, at += 1) extended[at] = values[itemSize * source + i] ?? 0;
  }
  return extended;
}

function checked(result: number): number {
  if (result < 0) throw lastMeshError();
  return result;
}

function lastMeshError(): MeshError {
  return new MeshError(`${lastError().message}.`);
}
export function clusterVertices(
  m: { positions: Float32Array; normals?: Float32Array | undefined; indices: Uint32Array },
  max: number,
): { indices: Uint32Array } {
  const n = m.indices.length / 3;
  const step = Math.max(1, n / max);
  const out = new Uint32Array(3 * Math.floor(n / step));
  for (let i = 0; i < out.length / 3; i++) {
    const t = Math.floor(i * step);
    out.set(m.indices.subarray(3 * t, 3 * t + 3), 3 * i);
  }
  return { indices: out };
}
export function rangeBounds(p: Float32Array, idx: Uint32Array, size: number): Float32Array {
  const n = Math.ceil(idx.length / size);
  const b = new Float32Array(6 * n);
  for (let i = 0; i < n; i++) {
    const mn = [1 / 0, 1 / 0, 1 / 0],
      mx = [-1 / 0, -1 / 0, -1 / 0];
    for (let k = i * size; k < Math.min(idx.length, (i + 1) * size); k++)
      for (let a = 0; a < 3; a++) {
        const v = p[3 * (idx[k] ?? 0) + a] ?? 0;
        if (v < (mn[a] ?? 0)) mn[a] = v;
        if (v > (mx[a] ?? 0)) mx[a] = v;
      }
    b.set([...mn, ...mx], 6 * i);
  }
  return b;
}
export function extremeVertices(p: Float32Array): Float32Array {
  const step = Math.max(1, Math.floor(p.length / 3 / 5000));
  const o: number[] = [];
  for (let i = 0; i < p.length / 3; i += step) o.push(p[3 * i] ?? 0, p[3 * i + 1] ?? 0, p[3 * i + 2] ?? 0);
  return Float32Array.from(o);
}
