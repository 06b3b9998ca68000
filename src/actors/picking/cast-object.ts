import {
  Box3,
  type BufferAttribute,
  type BufferGeometry,
  type Intersection,
  type Material,
  type Matrix4,
  Mesh,
  type Object3D,
  Points,
  type PointsMaterial,
  Ray,
  Raycaster,
  Vector3,
} from "three";
import { CpuRenderedObject } from "../cpu-rendered-object.ts";
import { isDuplicate } from "../detail-layers.ts";
import { clippedRange, isBetter, meetsBox, type ObjectHit, type PickQuery } from "./pick-query.ts";
import { blocksOnRay } from "./triangle-blocks.ts";

/** Pick tolerance: maximum distance of a line or a point from the center of the pixel, px. */
const REACH_PIXELS = 4;

/** Meshes that are drawn with another geometry for one frame, and their own one. */
const replaced = new WeakMap<Mesh, { readonly geometry: BufferGeometry; readonly chunks: readonly Mesh[] }>();

/** Lets rays meet the own geometry of a mesh, and its chunks, while it is drawn with another one. @returns a function that ends it */
export function castOwnGeometry(chunks: readonly Mesh[]): () => void {
  const [mesh] = chunks;
  if (mesh === undefined) return () => {};
  replaced.set(mesh, { geometry: mesh.geometry, chunks: chunks.slice(1) });
  return () => replaced.delete(mesh);
}

/**
 * Finds where the ray of a query meets the visible triangles, lines and points of an object and its descendants. Of large meshes, only the
 * chunks in the range are searched.
 */
export function castObject(root: Object3D, query: PickQuery): ObjectHit | undefined {
  const caster = new ObjectCaster(query);
  caster.visit(root);
  return caster.found;
}

class ObjectCaster {
  found: ObjectHit | undefined;
  readonly #query: PickQuery;
  readonly #raycaster: Raycaster;
  /** Size of a pixel of the view, world units. */
  readonly #pixel: number;

  constructor(query: PickQuery) {
    this.#query = query;
    const { origin, direction } = query.ray;
    this.#raycaster = new Raycaster(origin, direction, query.near, query.far);
    this.#pixel = query.pixelSizeAt(query.distance ?? query.near);
    this.#raycaster.params.Line.threshold = REACH_PIXELS * this.#pixel;
  }

  visit(object: Object3D): void {
    if (!object.visible || isDuplicate(object)) return;
    if (isPlainMesh(object)) {
      const own = replaced.get(object);
      this.#castMesh(object, own?.geometry ?? object.geometry);
      for (const chunk of own?.chunks ?? []) this.#castMesh(chunk, chunk.geometry);
    } else if (!(object instanceof CpuRenderedObject) && object.userData.isVolume !== true)
      this.#castOther(object);
    for (const child of object.children) this.visit(child);
  }

  #castMesh(mesh: Mesh, geometry: BufferGeometry): void {
    const toLocal = mesh.matrixWorld.clone().invert();
    // The direction is not normalized, so that distances are those in the world.
    const ray = new Ray(
      this.#query.ray.origin.clone().applyMatrix4(toLocal),
      transformVector(this.#query.ray.direction, toLocal),
    );
    if (geometry.boundingBox === null) geometry.computeBoundingBox();
    const { near, far } = this.#query;
    if (!meetsBox(ray, near, far, geometry.boundingBox ?? new Box3())) return;
    const material = [mesh.material].flat()[0] as Material | undefined;
    const range = clippedRange(this.#query, material?.clippingPlanes ?? []);
    if (range === undefined) return;
    const hit = this.#castTriangles(geometry, ray, range);
    if (hit === undefined || !isBetter(this.#query, hit.distance, this.found?.distance)) return;
    this.found = { object: mesh, point: this.#query.ray.at(hit.distance, new Vector3()), ...hit };
  }

  /** Of a large mesh that awaits its chunks, only the place is known: 8 million triangles would take 0.3 s. */
  #castTriangles(
    geometry: BufferGeometry,
    ray: Ray,
    range: readonly [number, number],
  ): Omit<ObjectHit, "object" | "point"> | undefined {
    if (geometry.userData.awaitsDetail !== true) return castTriangles(geometry, ray, this.#query, range);
    const { distance } = this.#query;
    return distance === undefined ? undefined : { distance };
  }

  /** Casts by three.js: skinned and instanced meshes, lines, points and sprites. */
  #castOther(object: Object3D): void {
    const hits: Intersection[] = [];
    if (object instanceof Points) {
      const { size = 1 } = object.material as Partial<PointsMaterial>;
      this.#raycaster.params.Points.threshold = Math.max(REACH_PIXELS, size) * this.#pixel;
    }
    object.raycast(this.#raycaster, hits);
    for (const { distance, point, face, faceIndex, index } of hits) {
      if (distance < this.#query.near || distance > this.#query.far) continue;
      if (!isBetter(this.#query, distance, this.found?.distance)) continue;
      const corners = face ? ([face.a, face.b, face.c] as const) : undefined;
      const element = elementOf(object, { faceIndex, index });
      this.found = { object, distance, point: pointOf(object, element.vertex) ?? point, ...element, corners };
    }
  }
}

/** The numbers of the element that three.js found. */
function elementOf(
  object: Object3D,
  { faceIndex, index }: Pick<Intersection, "faceIndex" | "index">,
): Pick<ObjectHit, "triangle" | "segment" | "vertex"> {
  if (!("isLine" in object)) return { triangle: faceIndex ?? undefined, vertex: index };
  const at = index ?? 0;
  const { index: indices } = (object as unknown as Mesh).geometry;
  return { segment: "isLineSegments" in object ? at >> 1 : at, vertex: indices?.getX(at) ?? at };
}

/** The place of a point itself: three.js returns the nearest place of the ray. */
function pointOf(object: Object3D, vertex: number | undefined): Vector3 | undefined {
  if (!(object instanceof Points) || vertex === undefined) return undefined;
  const position = object.geometry.getAttribute("position") as BufferAttribute;
  return new Vector3().fromBufferAttribute(position, vertex).applyMatrix4(object.matrixWorld);
}

/** Whether a mesh is drawn as filled triangles at the positions of its vertices. */
function isPlainMesh(object: Object3D): object is Mesh {
  if (!(object instanceof Mesh) || object instanceof CpuRenderedObject || object.userData.isVolume)
    return false;
  const isDeformed = ["isSkinnedMesh", "isInstancedMesh", "isBatchedMesh"].some((flag) => flag in object);
  const { morphAttributes, attributes } = (object as Mesh).geometry;
  return !isDeformed && morphAttributes.position === undefined && attributes.position !== undefined;
}

/** Coordinates of attributes that are not plain float32, such as quantized ones. */
const converted = new WeakMap<object, Float32Array>();

function positionsOf(attribute: BufferAttribute): Float32Array {
  const { array, itemSize, count } = attribute;
  if ("isBufferAttribute" in attribute && array instanceof Float32Array && itemSize === 3) return array;
  const before = converted.get(attribute);
  if (before !== undefined) return before;
  const positions = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    positions[3 * i] = attribute.getX(i);
    positions[3 * i + 1] = attribute.getY(i);
    positions[3 * i + 2] = attribute.getZ(i);
  }
  converted.set(attribute, positions);
  return positions;
}

/** Intersects a ray with the triangles of a geometry, from both sides (Möller and Trumbore 1997). @param ray in local coordinates */
function castTriangles(
  geometry: BufferGeometry,
  ray: Ray,
  query: PickQuery,
  [near, far]: readonly [number, number],
): Omit<ObjectHit, "object" | "point"> | undefined {
  const positions = positionsOf(geometry.getAttribute("position") as BufferAttribute);
  const indices = geometry.index?.array;
  const { start, count } = geometry.drawRange;
  const end = Math.min(start + count, indices?.length ?? positions.length / 3);
  const { x: ox, y: oy, z: oz } = ray.origin;
  const { x: dx, y: dy, z: dz } = ray.direction;
  const box = new Box3();
  const meets = (boxes: Float32Array, at: number): boolean => {
    box.min.fromArray(boxes, at);
    box.max.fromArray(boxes, at + 3);
    return meetsBox(ray, near, far, box);
  };
  const blocks = blocksOnRay(geometry, { positions, indices }, { start, end }, meets);
  let best: number | undefined;
  let found = -1;
  let nearest = 0;
  for (const block of blocks) {
    for (let at = block.start; at + 2 < block.end; at += 3) {
      const [a, b, c] = indices
        ? [indices[at] ?? 0, indices[at + 1] ?? 0, indices[at + 2] ?? 0]
        : [at, at + 1, at + 2];
      const ax = positions[3 * a] ?? 0;
      const ay = positions[3 * a + 1] ?? 0;
      const az = positions[3 * a + 2] ?? 0;
      const e1x = (positions[3 * b] ?? 0) - ax;
      const e1y = (positions[3 * b + 1] ?? 0) - ay;
      const e1z = (positions[3 * b + 2] ?? 0) - az;
      const e2x = (positions[3 * c] ?? 0) - ax;
      const e2y = (positions[3 * c + 1] ?? 0) - ay;
      const e2z = (positions[3 * c + 2] ?? 0) - az;
      const px = dy * e2z - dz * e2y;
      const py = dz * e2x - dx * e2z;
      const pz = dx * e2y - dy * e2x;
      const determinant = e1x * px + e1y * py + e1z * pz;
      if (determinant === 0) continue;
      const tx = ox - ax;
      const ty = oy - ay;
      const tz = oz - az;
      const u = (tx * px + ty * py + tz * pz) / determinant;
      if (!(u >= 0 && u <= 1)) continue;
      const qx = ty * e1z - tz * e1y;
      const qy = tz * e1x - tx * e1z;
      const qz = tx * e1y - ty * e1x;
      const v = (dx * qx + dy * qy + dz * qz) / determinant;
      if (!(v >= 0 && u + v <= 1)) continue;
      const distance = (e2x * qx + e2y * qy + e2z * qz) / determinant;
      if (!(distance >= near && distance <= far) || !isBetter(query, distance, best)) continue;
      best = distance;
      found = at;
      const rest = 1 - u - v;
      nearest = rest >= u && rest >= v ? a : u >= v ? b : c;
    }
  }
  if (best === undefined) return undefined;
  const corner = (i: number): number => indices?.[found + i] ?? found + i;
  return {
    distance: best,
    triangle: found / 3,
    corners: [corner(0), corner(1), corner(2)],
    vertex: nearest,
  };
}

/** Transforms a vector by a matrix, without its translation, and keeps the scale. */
function transformVector(vector: Vector3, { elements: m }: Matrix4): Vector3 {
  const [x, y, z] = vector.toArray();
  const row = (i: number): number => (m[i] ?? 0) * x + (m[4 + i] ?? 0) * y + (m[8 + i] ?? 0) * z;
  return new Vector3(row(0), row(1), row(2));
}
