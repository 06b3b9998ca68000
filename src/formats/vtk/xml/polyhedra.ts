import { DataError } from "../../load-error.ts";
import { POLYHEDRON } from "../cell-types.ts";
import { type CellLists, cellCount } from "../vtk-dataset.ts";

/** The faces of polyhedra: of each, the number of faces, then the number of corners and the corners of each. */
interface PolyhedronFaces {
  readonly faces: ArrayLike<number> | undefined;
  /** End of the faces of each cell; 2^32 - 1 for cells that are not polyhedra. */
  readonly ends: ArrayLike<number> | undefined;
}

/** Replaces the lists of polyhedra, which are their points, by their faces. @throws DataError if the faces are missing or damaged */
export function withPolyhedra(
  lists: CellLists,
  types: Uint8Array,
  { faces, ends }: PolyhedronFaces,
): CellLists {
  if (!types.includes(POLYHEDRON)) return lists;
  if (faces === undefined || ends === undefined || ends.length < types.length) {
    throw new DataError(
      "it has polyhedra without faces: the file is damaged, or of a version that cannot be read",
    );
  }
  const cells = Math.min(types.length, cellCount(lists));
  const offsets = new Uint32Array(cells + 1);
  let start = 0;
  let length = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    if (types[cell] === POLYHEDRON) {
      const end = ends[cell] ?? 0;
      if (end < start || end > faces.length) throw new DataError("the faces of its polyhedra are damaged");
      length += end - start;
      start = end;
    } else length += Math.max(0, (lists.offsets[cell + 1] ?? 0) - (lists.offsets[cell] ?? 0));
    offsets[cell + 1] = length;
  }
  const connectivity = new Uint32Array(length);
  let from = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const at = offsets[cell] ?? 0;
    const count = (offsets[cell + 1] ?? 0) - at;
    if (types[cell] === POLYHEDRON) {
      for (let i = 0; i < count; i += 1) connectivity[at + i] = faces[from + i] ?? 0;
      from += count;
    } else {
      const begin = lists.offsets[cell] ?? 0;
      for (let i = 0; i < count; i += 1) connectivity[at + i] = lists.connectivity[begin + i] ?? 0xffffffff;
    }
  }
  return { offsets, connectivity };
}
