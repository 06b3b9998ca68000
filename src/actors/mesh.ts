import { BufferAttribute, BufferGeometry, Group, LineSegments, Mesh, Points } from "three";
import type { Mesh as MeshData, Points as PointsData, Surface, Vertices } from "../formats/data-kinds.ts";
import { analyzeSurface } from "../native/mesh-kernels.ts";
import type { Actor } from "./actor.ts";
import { SurfaceMaterials } from "./surface-materials.ts";

/** Builds one mesh per surface, one object for all lines and one for all points. */
export function buildMesh({ surfaces, lines, points, origin }: MeshData): Actor {
  const object = new Group();
  object.position.set(...origin);
  const attributes = new Map<Float32Array, BufferAttribute>();
  const materials = new SurfaceMaterials();
  computeMissingNormals(surfaces);
  for (const surface of surfaces) {
    const geometry = geometryOf(surface, attributes);
    const { normals, uvs } = surface;
    if (normals !== undefined) geometry.setAttribute("normal", attributeOf(normals, 3, attributes));
    if (uvs !== undefined) geometry.setAttribute("uv", attributeOf(uvs, 2, attributes));
    object.add(new Mesh(geometry, materials.make(surface)));
  }
  if (lines !== undefined) object.add(new LineSegments(geometryOf(lines, attributes)));
  if (points !== undefined) object.add(new Points(geometryOf(points, attributes)));
  const hasMaterials = surfaces.some(({ material }) => material !== undefined) && "surfaces";
  return { object, animations: [], hasMaterials };
}

export function buildPoints({ vertices, origin }: PointsData): Actor {
  const object = new Group();
  object.position.set(...origin);
  object.add(new Points(geometryOf(vertices, new Map())));
  return { object, animations: [], hasMaterials: false };
}

function geometryOf(
  { positions, colors, indices }: Vertices,
  attributes: Map<Float32Array, BufferAttribute>,
): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", attributeOf(positions, 3, attributes));
  if (colors !== undefined) geometry.setAttribute("color", attributeOf(colors, 3, attributes));
  if (indices !== undefined) geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}

/** Returns the attribute of an array. A shared array has one attribute, and so one buffer on the GPU. */
function attributeOf(
  array: Float32Array,
  itemSize: number,
  attributes: Map<Float32Array, BufferAttribute>,
): BufferAttribute {
  const attribute = attributes.get(array) ?? new BufferAttribute(array, itemSize);
  attributes.set(array, attribute);
  return attribute;
}

/** Replaces NaN normals, in place, by normals that are smooth across surfaces. */
function computeMissingNormals(surfaces: readonly Surface[]): void {
  const incomplete = surfaces.flatMap(({ positions, normals }) =>
    normals?.some(Number.isNaN) ? { positions, normals } : [],
  );
  if (incomplete.length === 0) return;
  const allPositions = new Float32Array(incomplete.reduce((sum, { positions }) => sum + positions.length, 0));
  let start = 0;
  for (const { positions } of incomplete) {
    allPositions.set(positions, start);
    start += positions.length;
  }
  const { normals: smooth } = analyzeSurface({ positions: allPositions }, { normals: true });
  start = 0;
  for (const { normals } of incomplete) {
    for (let i = 0; i < normals.length; i += 1) {
      if (Number.isNaN(normals[i])) normals[i] = smooth[start + i] ?? 0;
    }
    start += normals.length;
  }
}
