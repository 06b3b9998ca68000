import { triangulate } from "../../geometry/triangulate.ts";
import type { PlyLists } from "./ply-columns.ts";

/** Polygons in the order of the file. */
export interface Polygons {
  /** Vertex index of each corner, face by face; negative indices are invalid. */
  readonly corners: Int32Array;
  /** End offset of each face in `corners`. */
  readonly ends: Uint32Array;
}

export interface Triangles {
  /** Three polygon corners per triangle; undefined if the triangles use all corners in order. */
  readonly corners: Uint32Array | undefined;
  /** Three vertex indices per triangle. */
  readonly index: Uint32Array;
  /** The face of each triangle; undefined if each face is one triangle. */
  readonly faces: Uint32Array | undefined;
  /** Number of faces of fewer than three corners, which were left out. */
  readonly degenerate: number;
  /** Number of faces that were left out because they refer to vertices that do not exist. */
  readonly invalid: number;
  /** The first missing vertex that an invalid face refers to. */
  readonly missingVertex: number | undefined;
}

/** Triangulates the faces of the first `rows` rows and counts the faces that cannot be drawn. */
export function triangulateFaces(
  lists: PlyLists,
  rows: number,
  positions: ArrayLike<number>,
  vertices: number,
): Triangles {
  const corners = lists.values as Int32Array;
  if (lists.areTrianglesBelow(vertices)) return allTriangles(corners);
  const ends = lists.ends.subarray(0, rows);
  if (areTriangles({ corners, ends }, vertices)) return allTriangles(corners);
  const capacity = maxTriangles(ends);
  const usedCorners = new Uint32Array(3 * capacity);
  const faces = new Uint32Array(capacity);
  let used = 0;
  let degenerate = 0;
  let invalid = 0;
  let missingVertex: number | undefined;
  let start = 0;
  for (let face = 0; face < ends.length; face += 1) {
    const end = ends[face] ?? 0;
    const missing = findMissing(corners, start, end, vertices);
    if (end - start < 3) degenerate += 1;
    else if (missing !== undefined) {
      invalid += 1;
      missingVertex ??= missing;
    } else {
      const triangles = triangulate(positions, corners, start, end - start);
      for (let i = 0; i < triangles.length; i += 1) {
        usedCorners[used + i] = start + (triangles[i] ?? 0);
        if (i % 3 === 0) faces[(used + i) / 3] = face;
      }
      used += triangles.length;
    }
    start = end;
  }
  const selectedCorners = usedCorners.subarray(0, used);
  // A loop: map() takes 0.3 s for 4M triangles.
  const index = new Uint32Array(used);
  for (let i = 0; i < used; i += 1) index[i] = corners[selectedCorners[i] ?? 0] ?? 0;
  return {
    corners: selectedCorners,
    index,
    faces: faces.subarray(0, used / 3),
    degenerate,
    invalid,
    missingVertex,
  };
}

function allTriangles(corners: Int32Array): Triangles {
  const index = new Uint32Array(corners.buffer, corners.byteOffset, corners.length);
  return {
    corners: undefined,
    index,
    faces: undefined,
    degenerate: 0,
    invalid: 0,
    missingVertex: undefined,
  };
}

/** Upper bound for the number of triangles: n - 2 for a polygon of n corners. */
function maxTriangles(ends: Uint32Array): number {
  let count = 0;
  let start = 0;
  for (const end of ends) {
    count += Math.max(0, end - start - 2);
    start = end;
  }
  return count;
}

function areTriangles({ corners, ends }: Polygons, vertices: number): boolean {
  for (let face = 0; face < ends.length; face += 1) if (ends[face] !== 3 * face + 3) return false;
  return findMissing(corners, 0, corners.length, vertices) === undefined;
}

function findMissing(corners: Int32Array, start: number, end: number, vertices: number): number | undefined {
  for (let corner = start; corner < end; corner += 1) {
    const vertex = corners[corner] ?? 0;
    if (vertex < 0 || vertex >= vertices) return vertex;
  }
  return undefined;
}

/** Keeps the triangles of the faces that `keep` accepts. */
export function selectTriangles(triangles: Triangles, keep: (face: number) => boolean): Triangles {
  const count = triangles.index.length / 3;
  const faces = triangles.faces ?? Uint32Array.from({ length: count }, (_, t) => t);
  if (faces.every(keep)) return triangles;
  const keptFaces = faces.filter(keep);
  const corners = new Uint32Array(3 * keptFaces.length);
  const index = new Uint32Array(3 * keptFaces.length);
  let used = 0;
  for (let t = 0; t < count; t += 1) {
    if (!keep(faces[t] ?? 0)) continue;
    for (let corner = 3 * t; corner < 3 * t + 3; corner += 1) {
      corners[used] = triangles.corners?.[corner] ?? corner;
      index[used] = triangles.index[corner] ?? 0;
      used += 1;
    }
  }
  return { ...triangles, corners, index, faces: keptFaces };
}

/**
 * Converts triangle strips to triangles. Every second triangle of a strip has its winding reversed, and -1 restarts the
 * strip (Stanford's tristrips). Triangles at vertices that do not exist are left out.
 */
export function trianglesOfStrips({ corners, ends }: Polygons, vertices: number): Uint32Array {
  const index = new Uint32Array(3 * corners.length);
  let used = 0;
  let start = 0;
  for (const end of ends) {
    let inStrip = 0;
    for (let corner = start; corner < end; corner += 1) {
      const c = corners[corner] ?? 0;
      inStrip = c < 0 || c >= vertices ? 0 : inStrip + 1;
      if (inStrip < 3) continue;
      const a = corners[corner - 2] ?? 0;
      const b = corners[corner - 1] ?? 0;
      // Degenerate triangles join strips.
      if (a === b || b === c || a === c) continue;
      const flipped = inStrip % 2 === 0;
      index[used] = flipped ? b : a;
      index[used + 1] = flipped ? a : b;
      index[used + 2] = c;
      used += 3;
    }
    start = end;
  }
  return index.slice(0, used);
}
