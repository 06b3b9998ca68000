import type { DataArray, Surface } from "../data-kinds.ts";
import type { RgbaImage } from "../images/rgba-image.ts";
import { dataArrays } from "./ply-arrays.ts";
import type { PlyBindings } from "./ply-bindings.ts";
import { linearColors } from "./ply-colors.ts";
import { selectTriangles, type Triangles } from "./ply-faces.ts";

type Faces = NonNullable<PlyBindings["face"]>;

/** The arrays that all surfaces of a file share. */
export interface SharedVertices {
  readonly positions: Float32Array;
  readonly normals: Float32Array | undefined;
  readonly colors: Float32Array | undefined;
  readonly arrays: readonly DataArray[] | undefined;
}

/** Makes a surface of shared vertices. If any of its normals is zero, all are omitted, and the actor computes them. */
export function indexedSurface(vertices: SharedVertices, indices: Uint32Array): Surface {
  const { normals } = vertices;
  return { ...vertices, normals: normals && areNonZero(normals, indices) ? normals : undefined, indices };
}

function areNonZero(normals: Float32Array, indices: Uint32Array): boolean {
  for (let i = 0; i < indices.length; i += 1) {
    const from = 3 * (indices[i] ?? 0);
    const x = normals[from] ?? 0;
    const y = normals[from + 1] ?? 0;
    const z = normals[from + 2] ?? 0;
    if (!(x * x + y * y + z * z > 0)) return false;
  }
  return true;
}

/** Makes the surface of faces without textures. Vertex colors have precedence over face colors, as in MeshLab. */
export function untexturedSurface(vertices: SharedVertices, face: Faces, triangles: Triangles): Surface {
  const cellArrays = dataArrays(face.arrays, face.table.rows);
  const surface = { ...indexedSurface(vertices, triangles.index), cellArrays, cells: triangles.faces };
  if (face.colors === undefined || vertices.colors !== undefined) return surface;
  const perFace = linearColors(face.colors, face.table.rows);
  const faces = new Uint32Array(triangles.index.length);
  for (let corner = 0; corner < faces.length; corner += 1) faces[corner] = faceOf(triangles, corner);
  return { ...surface, ...unshareVertices(surface, triangles.index), colors: gather(perFace, faces) };
}

/** Makes one surface per texture, and one with vertex colors for the faces without a texture. */
export function texturedSurfaces(
  vertices: SharedVertices,
  bindings: PlyBindings,
  face: Faces,
  triangles: Triangles,
  images: readonly (RgbaImage | undefined)[],
): Surface[] {
  // All indices without a texture become -1: a surface for each distinct index could be a million surfaces.
  const numbers = Int32Array.from({ length: face.table.rows }, (_, row) => {
    const number = face.textures?.[row] ?? 0;
    return images[number] === undefined ? -1 : number;
  });
  return [...new Set(numbers)].flatMap((number): Surface[] => {
    const selected = selectTriangles(triangles, (row) => numbers[row] === number);
    if (selected.index.length === 0) return [];
    const surface = unshareVertices(indexedSurface(vertices, selected.index), selected.index);
    const image = images[number];
    if (image === undefined) return [surface];
    return [
      {
        ...surface,
        colors: undefined,
        uvs: textureCoordinates(bindings, face, selected),
        material: { name: "", lighting: "lambert", textures: { diffuse: { image } } },
      },
    ];
  });
}

/** Copies the vertices of each corner, so that corners at the same vertex can have different colors. */
function unshareVertices({ positions, normals, colors, arrays }: Surface, indices: Uint32Array): Surface {
  return {
    indices: undefined,
    arrays: arrays?.map((array) => ({
      ...array,
      values: Float64Array.from(indices, (index) => array.values[index] ?? Number.NaN),
    })),
    positions: gather(positions, indices),
    normals: normals && gather(normals, indices),
    colors: colors && gather(colors, indices),
  };
}

/** Copies the three values of each index. */
function gather(values: Float32Array, indices: Uint32Array): Float32Array {
  const gathered = new Float32Array(3 * indices.length);
  for (let i = 0; i < indices.length; i += 1) {
    const from = 3 * (indices[i] ?? 0);
    gathered[3 * i] = values[from] ?? 0;
    gathered[3 * i + 1] = values[from + 1] ?? 0;
    gathered[3 * i + 2] = values[from + 2] ?? 0;
  }
  return gathered;
}

function textureCoordinates({ vertex }: PlyBindings, face: Faces, triangles: Triangles): Float32Array {
  const uvs = new Float32Array(2 * triangles.index.length);
  const { values } = face.uvs ?? { values: vertex.uvs };
  for (let corner = 0; corner < triangles.index.length; corner += 1) {
    const from =
      face.uvs === undefined
        ? 2 * (triangles.index[corner] ?? 0)
        : listedCoordinates(face, faceOf(triangles, corner), triangles.corners?.[corner] ?? corner);
    uvs[2 * corner] = values?.[from] ?? 0;
    uvs[2 * corner + 1] = values?.[from + 1] ?? 0;
  }
  return uvs;
}

/** Offset in `uvs` of the texture coordinates of one corner of a face. */
function listedCoordinates({ corners, uvs }: Faces, row: number, corner: number): number {
  const start = row === 0 ? 0 : (corners.ends[row - 1] ?? 0);
  const uvStart = row === 0 ? 0 : (uvs?.ends[row - 1] ?? 0);
  const offset = uvStart + 2 * (corner - start);
  // If the list is too short, an offset of -2 yields 0, 0 instead of the coordinates of the next face.
  return offset + 2 <= (uvs?.ends[row] ?? 0) ? offset : -2;
}

function faceOf({ faces }: Triangles, corner: number): number {
  const triangle = Math.floor(corner / 3);
  return faces?.[triangle] ?? triangle;
}
