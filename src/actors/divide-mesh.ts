import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  type Material,
  Mesh,
  type Object3D,
  Sphere,
  Vector3,
} from "three";
import type { SurfaceDetail } from "../loading/surface-detail.ts";
import { FULL_DETAIL_LAYER, setLevel } from "./detail-layers.ts";

/**
 * Divides a large mesh into chunks that share its vertex and index buffers: the mesh itself draws the first chunk, its children draw the
 * other chunks and the simplified versions. three.js then culls chunks outside the view frustum and draws the nearest first.
 *
 * @param draftMaterial material of the simplified versions; default: the material of the mesh
 */
export function divideMesh(
  mesh: Mesh,
  { chunks, levels, outline }: SurfaceDetail,
  draftMaterial?: Material,
): void {
  const whole = mesh.geometry;
  const wholeBox = new Box3();
  for (const [i, { start, count, min, max, radius }] of chunks.entries()) {
    const geometry = i === 0 ? whole : geometryOf(whole.attributes, whole.index);
    geometry.setDrawRange(start, count);
    geometry.boundingBox = new Box3(new Vector3(...min), new Vector3(...max));
    geometry.boundingSphere = new Sphere(geometry.boundingBox.getCenter(new Vector3()), radius);
    wholeBox.union(geometry.boundingBox);
    // Bounds of the scene are computed from the outline of the first chunk instead of all vertices.
    geometry.userData.isChunk = true;
    geometry.userData.outline = new BufferAttribute(i === 0 ? outline : new Float32Array(), 3);
    const chunk = i === 0 ? mesh : new Mesh(geometry, mesh.material);
    chunk.layers.set(FULL_DETAIL_LAYER);
    if (i > 0) mesh.add(chunk);
  }
  for (const [level, { vertices, indices }] of levels.entries()) {
    const attributes = Object.entries(whole.attributes).map(([name, attribute]) => [
      name,
      verticesOf(attribute as BufferAttribute, vertices),
    ]);
    const geometry = geometryOf(Object.fromEntries(attributes), new BufferAttribute(indices, 1));
    geometry.boundingBox = wholeBox;
    geometry.boundingSphere = wholeBox.getBoundingSphere(new Sphere());
    const simplified = new Mesh(geometry, draftMaterial ?? mesh.material);
    setLevel(simplified.layers, level, { isCoarsest: level === levels.length - 1 });
    mesh.add(simplified);
  }
}

function geometryOf(attributes: BufferGeometry["attributes"], index: BufferAttribute | null): BufferGeometry {
  const geometry = new BufferGeometry();
  for (const [name, attribute] of Object.entries(attributes)) geometry.setAttribute(name, attribute);
  return geometry.setIndex(index);
}

/** Copies the values of an attribute at the given vertices. */
export function verticesOf(attribute: BufferAttribute, vertices: Uint32Array): BufferAttribute {
  const { array, itemSize, normalized } = attribute;
  const ArrayType = array.constructor as new (length: number) => typeof array;
  const copy = new BufferAttribute(new ArrayType(vertices.length * itemSize), itemSize, normalized);
  for (let i = 0; i < vertices.length; i += 1) copy.copyAt(i, attribute, vertices[i] ?? 0);
  return copy;
}

/**
 * Frees the arrays of divided meshes after their upload to GL, which saves half of the memory of a large mesh. Bounds are computed
 * before, and nothing else reads the arrays. Do not call it for objects that several renderers draw or whose data a program reads.
 */
export function freeArraysAfterUpload(root: Object3D): void {
  root.traverse((object) => {
    const { geometry } = object as Partial<Mesh>;
    if (geometry?.userData.isChunk !== true) return;
    for (const attribute of [...Object.values(geometry.attributes), geometry.index]) {
      if (attribute !== null && "isBufferAttribute" in attribute) attribute.onUpload(freeArray);
    }
  });
}

function freeArray(this: BufferAttribute): void {
  this.array = this.array.slice(0, 0);
}
