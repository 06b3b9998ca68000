import { MeshError } from "./errors.ts";
import { lastError, lastNativeError, native, toPointer } from "./symbols.ts";

/** Bytes per cell type in the table of faces; see native/outer_faces.h. */
const CELL_TYPE_BYTES = 64;

/** Cells of an unstructured grid. */
export interface GridCells {
  /** Vertex indices of all cells; for a polyhedron, the number of its faces, then the number of corners and the corners of each. */
  readonly connectivity: Uint32Array;
  /** Start of each cell in `connectivity`, and the end of the last. */
  readonly offsets: Uint32Array;
  readonly types: Uint8Array;
  /** Number of points. */
  readonly points: number;
}

/** The faces that belong to exactly one cell, in no certain order. */
export interface OuterFaces {
  /** The cell of each face. */
  readonly cells: Uint32Array;
  /** The number of each face in its cell, or the place of its number of corners in the connectivity for a polyhedron. */
  readonly numbers: Uint32Array;
  /** Number of cells that were left out because they refer to missing points. */
  readonly invalidCells: number;
}

/**
 * Finds the outer faces of the cells that have a volume, in linear time and on several threads.
 *
 * @param faces the faces of each type of cells, as lists of node numbers
 * @throws MeshError if the offsets do not ascend, or there is not enough memory
 */
export function findOuterFaces(
  { connectivity, offsets, types, points }: GridCells,
  faces: ReadonlyMap<number, readonly (readonly number[])[]>,
): OuterFaces {
  const table = new Uint8Array(256 * CELL_TYPE_BYTES);
  for (const [type, lists] of faces) {
    table.set([lists.length, ...lists.flatMap((list) => [list.length, ...list])], type * CELL_TYPE_BYTES);
  }
  const { sc_outer_faces_create, sc_outer_faces_copy, sc_outer_faces_destroy } = native();
  const input = [connectivity, connectivity.length, offsets, types, types.length, points, table] as const;
  const handle = toPointer(sc_outer_faces_create(...input));
  if (handle === null) throw new MeshError(`${lastError().message}.`);
  try {
    const count = Number(native().sc_outer_faces_count(handle));
    const cells = new Uint32Array(count);
    const numbers = new Uint32Array(count);
    if (sc_outer_faces_copy(handle, cells, numbers, count) < 0) throw lastNativeError();
    return { cells, numbers, invalidCells: Number(native().sc_outer_faces_invalid_cells(handle)) };
  } finally {
    sc_outer_faces_destroy(handle);
  }
}
