import { lastNativeError, native } from "./symbols.ts";

/** Size of native/mesh_records.h's cache of recently read positions, bytes. */
const CACHE_BYTES = 2 ** 20;

/** Triangles in the records of a file: nine little-endian float32 each. */
export interface TriangleRecords {
  /** Starts with the first record. Needs no alignment. */
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Offset of the first position in a record, bytes. */
  readonly offset: number;
  /** Bytes from one record to the next. */
  readonly stride: number;
}

/** Makes an indexed mesh of triangles without indices, block by block, while they are read. */
export class TriangleIndexer {
  /** Number of vertices of the mesh so far. */
  vertices = 0;
  readonly #cache = new Uint8Array(CACHE_BYTES);

  /**
   * Appends triangles. Their vertices are numbered in the order of first occurrence; some have equal positions until
   * {@link weldIndexed} removes them.
   *
   * @param positions x, y, z of the vertices; needs room for three more vertices for each record
   * @param indices receives three for each record
   */
  add(
    { bytes, records, offset, stride }: TriangleRecords,
    positions: Float32Array,
    indices: Uint32Array,
  ): void {
    const vertices = native().sc_records_index(
      bytes,
      bytes.length,
      records,
      offset,
      stride,
      this.#cache,
      positions,
      this.vertices,
      Math.floor(positions.length / 3),
      indices,
      indices.length,
    );
    if (vertices < 0) throw lastNativeError();
    this.vertices = Number(vertices);
  }
}

/**
 * Removes vertices with the position of an earlier one, in place, and renumbers the indices.
 *
 * @returns the number of vertices that are left, at the start of `positions`
 */
export function weldIndexed(positions: Float32Array, indices: Uint32Array): number {
  const vertices = Math.floor(positions.length / 3);
  const left = Number(native().sc_mesh_weld_indexed(positions, vertices, indices, indices.length));
  if (left < 0) throw lastNativeError();
  return left;
}

/** Makes an indexed mesh of triangles without indices. @param positions x, y, z of three vertices for each triangle */
export function indexTriangles(positions: Float32Array): { positions: Float32Array; indices: Uint32Array } {
  const records = Math.floor(positions.length / 9);
  const bytes = new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength);
  const indices = new Uint32Array(3 * records);
  const indexer = new TriangleIndexer();
  const own = new Float32Array(9 * records);
  indexer.add({ bytes, records, offset: 0, stride: 36 }, own, indices);
  const vertices = weldIndexed(own.subarray(0, 3 * indexer.vertices), indices);
  return { positions: own.slice(0, 3 * vertices), indices };
}
