import type { Vec3 } from "../../geometry/coordinates.ts";

/** Polygons, polylines or points as lists of corners; each corner refers to a vertex. Indices are zero-based. */
export interface ObjElements {
  /** Index of the first corner of each element; the last entry is the number of corners. */
  readonly starts: Int32Array;
  /** The vertex of each corner. */
  readonly vertices: Int32Array;
  /** The index in `ObjData.styles` for each element. */
  readonly styles: Int32Array;
}

interface ObjFaces {
  readonly count: number;
  /** The vertex of each corner, face by face. */
  readonly vertices: Int32Array;
  /** End of each face in `vertices`; undefined if all faces are triangles. */
  readonly ends: Uint32Array | undefined;
  /** Texture coordinate index of each corner, -1 for none; undefined if all have none. */
  readonly uvs: Int32Array | undefined;
  /** Vertex normal index of each corner, -1 for none; undefined if all have none. */
  readonly normals: Int32Array | undefined;
  /** Faces with the same style, in order. */
  readonly runs: readonly FaceRun[];
}

/** The faces from `start` up to the next run. */
export interface FaceRun {
  readonly start: number;
  /** Index in `ObjData.styles`. */
  readonly style: number;
}

/** Drawing state of elements. */
export interface ObjStyle {
  /** Material name of the last `usemtl`; undefined before the first. */
  readonly material: string | undefined;
  /** False after `s off`: flat shading. */
  readonly smooth: boolean;
}

export interface ObjData {
  /** x, y, z of each vertex, relative to the origin. */
  readonly positions: Float32Array;
  readonly origin: Vec3;
  /** Red, green, blue of each vertex, unchanged from the file; NaN for a vertex without a color, undefined if there are no colors. */
  readonly colors: Float32Array | undefined;
  /** u, v of each texture coordinate. */
  readonly uvs: Float32Array;
  readonly normals: Float32Array;
  readonly styles: readonly ObjStyle[];
  readonly faces: ObjFaces;
  readonly lines: ObjElements;
  readonly points: ObjElements;
  /** Arguments of each `mtllib` statement: one file name, or several separated by spaces. */
  readonly libraries: readonly string[];
  readonly warnings: readonly string[];
}
