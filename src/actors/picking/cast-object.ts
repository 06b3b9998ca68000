import {
  Box3,
  type BufferAttribute,
  type BufferGeometry,
  type Intersection,
  type Matrix4,
  Mesh,
  type Object3D,
  type Plane,
  Points,
  type PointsMaterial,
  Ray,
  Raycaster,
  Vector3,
} from "three";
import { CpuRenderedObject } from "../cpu-rendered-object.ts";
import { isDuplicate } from "../detail-layers.ts";
import { castTriangles } from "./cast-triangles.ts";
import { deformedPositions } from "./deformed-positions.ts";
import { clippedRange, isBetter, meetsBox, type ObjectHit, type PickQuery } from "./pick-query.ts";
import { alphaAt, isSeeThrough } from "./see-through.ts";

/** Pick tolerance: maximum distance of a line or a point from the center of the pixel, px. */
const REACH_PIXELS = 4;

/** Clip tolerance of a pick whose depth is known, px: the depth of a pixel is that of a sample beside its center. */
const CLIP_TOLERANCE_PIXELS = 2;

/** Maximum number of transparent hits of a mesh that a ray passes through. */
const MAX_INVISIBLE = 64;

/** Meshes that are drawn with another geometry for one frame, and their own one. */
const replaced = new WeakMap<Mesh, { readonly geometry: BufferGeometry; readonly chunks: readonly Mesh[] }>();

/** Lets rays meet the own geometry of a mesh, and its chunks, while it is drawn with another one. @returns a function that ends it */
export function castOwnGeometry(chunks: readonly Mesh[]): () => void {
  const [mesh] = chunks;
  if (mesh === undefined) return () => {};
  replaced.set(mesh, { geometry: mesh.geometry, chunks: chunks.slice(1) });
  return () => replaced.delete(mesh);
}

/** Which objects are searched: those whose depth is in the frame, or the see-through meshes in front of them. */
export type CastObjects = "solid" | "see-through";

/**
 * Finds where the ray of a query meets the visible triangles, lines and points of an object and its descendants. Of large meshes, only the
 * chunks in the range are searched.
 */
export function castObject(
  root: Object3D,
  query: PickQuery,
  which: CastObjects = "solid",
): ObjectHit | undefined {
  const caster = new ObjectCaster(query, which);
  caster.visit(root);
  return caster.found;
}

class ObjectCaster {
  found: ObjectHit | undefined;
  readonly #query: PickQuery;
  readonly #which: CastObjects;
  readonly #raycaster: Raycaster;
  /** Size of a pixel of the view, world units. */
  readonly #pixel: number;
  readonly #clipTolerance: number;

  constructor(query: PickQuery, which: CastObjects) {
    this.#query = query;
    this.#which = which;
    const { origin, direction } = query.ray;
    this.#raycaster = new Raycaster(origin, direction, query.near, query.far);
    this.#pixel = query.pixelSizeAt(query.distance ?? query.near);
    this.#clipTolerance = query.distance === undefined ? 0 : CLIP_TOLERANCE_PIXELS * this.#pixel;
    this.#raycaster.params.Line.threshold = REACH_PIXELS * this.#pixel;
  }

  visit(object: Object3D): void {
    if (!object.visible || isDuplicate(object)) return;
    const isOther = object instanceof CpuRenderedObject || object.userData.isVolume === true;
    if (!isOther && isSeeThrough(object) === (this.#which === "see-through")) this.#cast(object);
    for (const child of object.children) this.visit(child);
  }

  #cast(object: Object3D): void {
    if (!isSimpleMesh(object)) {
      this.#castOther(object);
      return;
    }
    const own = replaced.get(object);
    this.#castMesh(object, own?.geometry ?? object.geometry);
    for (const chunk of own?.chunks ?? []) this.#castMesh(chunk, chunk.geometry);
  }

  #castMesh(mesh: Mesh, geometry: BufferGeometry): void {
    const range = clippedRange(this.#query, planesOf(mesh), this.#clipTolerance);
    if (range === undefined) return;
    const toLocal = mesh.matrixWorld.clone().invert();
    // The direction is not normalized, so that distances are those in the world.
    const ray = new Ray(
      this.#query.ray.origin.clone().applyMatrix4(toLocal),
      transformVector(this.#query.ray.direction, toLocal),
    );
    const deformed = deformedPositions(mesh);
    if (deformed === undefined) {
      if (geometry.boundingBox === null) geometry.computeBoundingBox();
      if (!meetsBox(ray, ...range, geometry.boundingBox ?? new Box3())) return;
    }
    let hit = this.#castTriangles(geometry, ray, range, deformed);
    if (this.#which === "see-through") {
      // The ray passes through a transparent texel.
      for (
        let i = 0;
        i < MAX_INVISIBLE && hit !== undefined && alphaAt(mesh, ray, hit, deformed) === 0;
        i += 1
      )
        hit = this.#castTriangles(geometry, ray, [hit.distance * (1 + 1e-9), range[1]], deformed);
    }
    if (hit === undefined || !isBetter(this.#query, hit.distance, this.found?.distance)) return;
    this.found = { object: mesh, point: this.#query.ray.at(hit.distance, new Vector3()), ...hit };
  }

  /**
   * Of a large mesh that awaits its chunks, only the place is known: 8 million triangles would take 0.3 s. So it is for instances whose
   * shader moves their vertices.
   */
  #castTriangles(
    geometry: BufferGeometry,
    ray: Ray,
    range: readonly [number, number],
    deformed: Float32Array | undefined,
  ): Omit<ObjectHit, "object" | "point"> | undefined {
    const isOpaque = geometry.userData.awaitsDetail !== true && !("isInstancedBufferGeometry" in geometry);
    if (isOpaque) return castTriangles(geometry, ray, this.#query, range, deformed);
    const { distance } = this.#query;
    return distance === undefined ? undefined : { distance };
  }

  /** Casts by three.js: instanced meshes, lines, points and sprites. */
  #castOther(object: Object3D): void {
    const hits: Intersection[] = [];
    if (object instanceof Points) {
      const { size = 1 } = object.material as Partial<PointsMaterial>;
      this.#raycaster.params.Points.threshold = Math.max(REACH_PIXELS, size) * this.#pixel;
    }
    object.raycast(this.#raycaster, hits);
    const planes = planesOf(object);
    for (const { distance, point, face, faceIndex, index, instanceId: instance } of hits) {
      if (distance < this.#query.near || distance > this.#query.far) continue;
      if (!isBetter(this.#query, distance, this.found?.distance)) continue;
      const corners = face ? ([face.a, face.b, face.c] as const) : undefined;
      const element = elementOf(object, { faceIndex, index });
      const place = pointOf(object, element.vertex) ?? point;
      if (planes.some((plane) => plane.distanceToPoint(place) < -this.#clipTolerance)) continue;
      this.found = { object, distance, point: place, ...element, corners, instance };
    }
  }
}

/** The planes that clip an object by itself. */
function planesOf(object: Object3D): readonly Plane[] {
  const [material] = [(object as Partial<Mesh>).material].flat();
  return material?.clippingPlanes ?? [];
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

/** The position of the vertex itself: three.js returns the closest point of the ray. */
function pointOf(object: Object3D, vertex: number | undefined): Vector3 | undefined {
  if (!(object instanceof Points) || vertex === undefined) return undefined;
  const position = object.geometry.getAttribute("position") as BufferAttribute;
  return new Vector3().fromBufferAttribute(position, vertex).applyMatrix4(object.matrixWorld);
}

/** Whether an object is a mesh that is neither instanced nor batched. */
function isSimpleMesh(object: Object3D): object is Mesh {
  if (!(object instanceof Mesh) || "isInstancedMesh" in object || "isBatchedMesh" in object) return false;
  return (object as Mesh).geometry.attributes.position !== undefined;
}

/** Transforms a vector by a matrix, without its translation, and keeps the scale. */
function transformVector(vector: Vector3, { elements: m }: Matrix4): Vector3 {
  const [x, y, z] = vector.toArray();
  const row = (i: number): number => (m[i] ?? 0) * x + (m[4 + i] ?? 0) * y + (m[8 + i] ?? 0) * z;
  return new Vector3(row(0), row(1), row(2));
}
