import {
  BufferAttribute,
  BufferGeometry,
  type DataTexture,
  DoubleSide,
  Mesh,
  MeshLambertMaterial,
} from "three";
import { surfaceMaterial } from "../../scene/prepare/materials.ts";
import type { PlyBindings } from "./ply-bindings.ts";
import { linearColors } from "./ply-colors.ts";
import { selectTriangles, type Triangles } from "./ply-faces.ts";

type Faces = NonNullable<PlyBindings["face"]>;

/**
 * Makes a geometry with the shared vertex attributes and an index of its own. Normals are omitted if an indexed vertex has
 * a zero one, so that `prepareObject` computes them from the faces.
 */
export function indexedGeometry(shared: BufferGeometry, index: Uint32Array): BufferGeometry {
  const geometry = new BufferGeometry();
  for (const [name, attribute] of Object.entries(shared.attributes)) {
    if (name !== "normal" || areNonZero(attribute.array, index)) geometry.setAttribute(name, attribute);
  }
  geometry.setIndex(new BufferAttribute(index, 1));
  return geometry;
}

function areNonZero(normals: ArrayLike<number>, index: Uint32Array): boolean {
  return index.every((vertex) => {
    const x = normals[3 * vertex] ?? 0;
    const y = normals[3 * vertex + 1] ?? 0;
    const z = normals[3 * vertex + 2] ?? 0;
    return x * x + y * y + z * z > 0;
  });
}

/** The mesh of faces without textures. Vertex colours take precedence over face colours, as in MeshLab. */
export function plainMesh(shared: BufferGeometry, face: Faces, triangles: Triangles): Mesh {
  const geometry = indexedGeometry(shared, triangles.index);
  if (face.colors === undefined || geometry.hasAttribute("color")) return new Mesh(geometry);
  const corners = geometry.toNonIndexed();
  const perFace = linearColors(face.colors, face.table.rows);
  const colors = new Float32Array(3 * triangles.index.length);
  for (let corner = 0; corner < triangles.index.length; corner += 1) {
    const at = 3 * faceOf(triangles, corner);
    for (let i = 0; i < 3; i += 1) colors[3 * corner + i] = perFace[at + i] ?? 0;
  }
  corners.setAttribute("color", new BufferAttribute(colors, 3));
  return new Mesh(corners);
}

/**
 * The meshes of faces with textures, one per texture. Faces without a texture are one mesh, which shows the vertex
 * colours.
 */
export function texturedMeshes(
  shared: BufferGeometry,
  bindings: PlyBindings,
  face: Faces,
  triangles: Triangles,
  textures: readonly (DataTexture | undefined)[],
): Mesh[] {
  // All indices without a texture become -1: a mesh for each of them could be a million meshes.
  const numbers = Int32Array.from({ length: face.table.rows }, (_, row) => {
    const number = face.textures?.[row] ?? 0;
    return textures[number] === undefined ? -1 : number;
  });
  return [...new Set(numbers)].flatMap((number) => {
    const part = selectTriangles(triangles, (row) => numbers[row] === number);
    if (part.index.length === 0) return [];
    const geometry = indexedGeometry(shared, part.index).toNonIndexed();
    const map = textures[number];
    if (map === undefined) {
      const vertexColors = geometry.hasAttribute("color");
      return [new Mesh(geometry, surfaceMaterial({ vertexColors, flat: false, side: DoubleSide }))];
    }
    geometry.deleteAttribute("color");
    geometry.setAttribute("uv", new BufferAttribute(textureCoordinates(bindings, face, part), 2));
    return [new Mesh(geometry, new MeshLambertMaterial({ map, side: DoubleSide }))];
  });
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

/** Offset of a corner's texture coordinates in `uvs`, by the face's list. */
function listedCoordinates({ corners, uvs }: Faces, row: number, corner: number): number {
  const start = row === 0 ? 0 : (corners.ends[row - 1] ?? 0);
  const uvStart = row === 0 ? 0 : (uvs?.ends[row - 1] ?? 0);
  const at = uvStart + 2 * (corner - start);
  // A list that is too short must not use the coordinates of the next face: -2 reads as 0, 0.
  return at + 2 <= (uvs?.ends[row] ?? 0) ? at : -2;
}

function faceOf({ faces }: Triangles, corner: number): number {
  const triangle = Math.floor(corner / 3);
  return faces?.[triangle] ?? triangle;
}
