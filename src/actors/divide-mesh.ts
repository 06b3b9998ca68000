import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  FrontSide,
  type Material,
  Mesh,
  type Object3D,
  Points,
  Sphere,
  Vector3,
} from "three";
import type { LateDetail, SurfaceDetail } from "../loading/surface-detail.ts";
import { FULL_DETAIL_LAYER, setLevel } from "./detail-layers.ts";
import { fitPointSize } from "./point-size.ts";

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
    simplified.userData.hidesBackFaces = draftMaterial !== undefined;
    setLevel(simplified.layers, level, { isCoarsest: level === levels.length - 1 });
    mesh.add(simplified);
  }
}

/** Shows or hides the back faces of the simplified versions of watertight meshes, which are visible only where the view is clipped. */
export function showBackFaces(root: Object3D, isClipped: boolean): void {
  const side = isClipped ? DoubleSide : FrontSide;
  root.traverse((object) => {
    if (object.userData.hidesBackFaces !== true) return;
    const { material } = object as Mesh<BufferGeometry, Material>;
    if (material.side === side) return;
    material.side = side;
    material.needsUpdate = true;
  });
}

/** Number of points that stand in for a surface: as many as llvmpipe draws in 20 ms on one core. */
const STAND_IN_POINTS = 40_000;

/** Adds points, a sample of the vertices, that drafts draw until a mesh has levels of detail. */
export function addStandIn(mesh: Mesh, material: Material): void {
  const { attributes } = mesh.geometry;
  const count = attributes.position?.count ?? 0;
  const step = Math.max(1, Math.floor(count / STAND_IN_POINTS));
  // At irregular distances: vertices at regular ones would show the rows of the file as lines.
  const vertices = Uint32Array.from(
    { length: Math.floor(count / step) },
    (_, i) => i * step + ((Math.imul(i, 0x9e3779b1) >>> 8) % step),
  );
  const sampled = ["position", "color"].flatMap((name) => {
    const attribute = attributes[name];
    return attribute === undefined ? [] : [[name, verticesOf(attribute as BufferAttribute, vertices)]];
  });
  const points = new Points(geometryOf(Object.fromEntries(sampled), null), material);
  points.geometry.boundingSphere = mesh.geometry.boundingSphere;
  fitPointSize(points);
  setLevel(points.layers, 0, { isCoarsest: true });
  mesh.add(points);
  mesh.geometry.userData.awaitsDetail = true;
  for (const attribute of arraysOf(mesh.geometry)) attribute.onUpload(() => uploaded.add(attribute));
}

/**
 * Prepares to divide a mesh that was shown whole, with a stand-in as its only child.
 *
 * @param whole geometry of the mesh; in the middle of a frame, the mesh may have another one, with a part of the triangles
 * @returns a function that does it; to be called between two frames
 */
export function divideLater(
  mesh: Mesh,
  whole: BufferGeometry,
  { detail, indices }: LateDetail,
  draftMaterial?: Material,
): () => void {
  const index = indices === undefined ? whole.index : new BufferAttribute(indices, 1);
  const divided = new Mesh(geometryOf(whole.attributes, index), mesh.material);
  divideMesh(divided, detail, draftMaterial);
  return () => {
    for (const standIn of [...mesh.children] as Points[]) {
      mesh.remove(standIn);
      standIn.geometry.dispose();
      (standIn.material as Material).dispose();
    }
    mesh.geometry = divided.geometry;
    mesh.add(...divided.children);
    // three.js frees the buffers, which the chunks share, when the geometry is disposed of that was drawn first.
    divided.geometry.addEventListener("dispose", () => whole.dispose());
    if (whole.index !== null && whole.index !== index) freeArray.call(whole.index);
  };
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

/** The attributes of meshes without levels of detail that were uploaded to GL. */
const uploaded = new WeakSet<BufferAttribute>();

/**
 * Frees the arrays of divided meshes after their upload to GL, which saves memory: normals, colors and values. Positions and indices stay, to
 * find what is under the pointer and to leave out triangles without a sample. Do not call it for objects that several renderers draw or
 * whose data a program reads.
 *
 * The arrays of a mesh that awaits levels of detail are kept for them; call it again when they are there.
 */
export function freeArraysAfterUpload(root: Object3D): void {
  root.traverse((object) => {
    const { geometry } = object as Partial<Mesh>;
    if (geometry?.userData.isChunk !== true || geometry.userData.awaitsDetail === true) return;
    const kept = [geometry.attributes.position, geometry.index];
    for (const attribute of arraysOf(geometry)) {
      if (kept.includes(attribute)) continue;
      if (uploaded.has(attribute)) freeArray.call(attribute);
      else attribute.onUpload(freeArray);
    }
  });
}

function arraysOf({ attributes, index }: BufferGeometry): BufferAttribute[] {
  return [...Object.values(attributes), index].filter(
    (attribute): attribute is BufferAttribute => attribute !== null && "isBufferAttribute" in attribute,
  );
}

function freeArray(this: BufferAttribute): void {
  // Not in shared memory, as `slice` would be.
  this.array = new (this.array.constructor as new (length: number) => typeof this.array)(0);
}
