import {
  Box3,
  BufferAttribute,
  type InstancedMesh,
  type Mesh,
  type Object3D,
  type SkinnedMesh,
  Vector3,
} from "three";

import { isDuplicate } from "../actors/detail-layers.ts";
import { boundsOfPoints, worldPoints } from "../native/world-points.ts";

export interface SceneBounds {
  /** World coordinates; empty if nothing is visible. */
  readonly box: Box3;
  readonly center: Vector3;
  /** Radius of the smallest sphere around `center` that contains all vertices; at most half of the box's diagonal. */
  readonly radius: number;
  /** x, y, z of all vertices, world coordinates; see {@link pointsOf}. */
  readonly points: Float64Array;
}

/** Returns the bounding box of all visible objects, from the cached box of each geometry: fast enough for each frame. */
export function boxOf(root: Object3D): Box3 {
  const box = new Box3();
  const part = new Box3();
  visitGeometries(root, (object) => {
    part.copy(localBox(object)).applyMatrix4(object.matrixWorld);
    if (isFiniteBox(part)) box.union(part);
  });
  return box;
}

/** As {@link boxOf}, but reads all vertices of skinned and morphed meshes, in their current pose. */
export function deformedBoxOf(root: Object3D): Box3 {
  const box = new Box3();
  const part = new Box3();
  visitGeometries(root, (object) => {
    if (isDeformed(object)) box.union(boxOfPoints(pointsOf(object)));
    else if (isFiniteBox(part.copy(localBox(object)).applyMatrix4(object.matrixWorld))) box.union(part);
  });
  return box;
}

/** Returns the bounds of all visible vertices. Takes a few milliseconds for a large mesh. */
export function boundsOf(root: Object3D): SceneBounds {
  root.updateWorldMatrix(true, true);
  const points = pointsOf(root);
  const bounds = boundsOfPoints(points);
  if (bounds === undefined) return { box: new Box3(), center: new Vector3(), radius: 0, points };
  const box = new Box3(new Vector3(...bounds.min), new Vector3(...bounds.max));
  return { box, center: box.getCenter(new Vector3()), radius: bounds.radius, points };
}

function boxOfPoints(points: Float64Array): Box3 {
  const bounds = boundsOfPoints(points);
  return bounds === undefined ? new Box3() : new Box3(new Vector3(...bounds.min), new Vector3(...bounds.max));
}

/**
 * Returns x, y, z of all visible vertices with finite positions, in world coordinates; for instanced objects, the corners of their
 * bounding box.
 */
function pointsOf(root: Object3D): Float64Array {
  const parts: Float64Array[] = [];
  visitGeometries(root, (object) => {
    parts.push(worldPoints(tightArray(localPoints(object)), object.matrixWorld.elements));
  });
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const points = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const part of parts) {
    points.set(part, length);
    length += part.length;
  }
  return points;
}

/** Returns the vertices of an object in its current pose, in local coordinates. */
function localPoints(object: Drawn): BufferAttribute {
  const position = object.geometry.getAttribute("position") as BufferAttribute;
  if (isDeformed(object)) {
    const points = new BufferAttribute(new Float64Array(3 * position.count), 3);
    const point = new Vector3();
    for (let i = 0; i < position.count; i += 1) {
      object.getVertexPosition(i, point);
      points.setXYZ(i, point.x, point.y, point.z);
    }
    return points;
  }
  const outline = object.geometry.userData.outline as BufferAttribute | undefined;
  if (outline === undefined && hasOnlyBox(object)) {
    const corners = cornersOf(localBox(object)).flatMap((corner) => corner.toArray());
    return new BufferAttribute(new Float64Array(corners), 3);
  }
  return outline ?? position;
}

/** Returns x, y, z of each vertex, tightly packed: a part of the attribute's array if it has this layout, otherwise a copy. */
function tightArray(attribute: BufferAttribute): Float32Array | Float64Array {
  const { array, itemSize, normalized, count } = attribute;
  const isTight = itemSize === 3 && !normalized && !("isInterleavedBufferAttribute" in attribute);
  if (isTight && (array instanceof Float32Array || array instanceof Float64Array))
    return array.subarray(0, 3 * count);
  const tight = new Float64Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    tight[3 * i] = attribute.getX(i);
    tight[3 * i + 1] = attribute.getY(i);
    tight[3 * i + 2] = attribute.getZ(i);
  }
  return tight;
}

/** The eight corners of a box. */
export function cornersOf({ min, max }: Box3): Vector3[] {
  return [min.x, max.x].flatMap((x) =>
    [min.y, max.y].flatMap((y) => [min.z, max.z].map((z) => new Vector3(x, y, z))),
  );
}

/**
 * Sets the bounds of skinned meshes to those of an animation: three.js computes them once, and would cull a mesh that has left the place of its
 * first frame.
 *
 * @param bounds world coordinates
 */
export function setSkinnedBounds(root: Object3D, bounds: Box3): void {
  root.traverse((object) => {
    if (!("isSkinnedMesh" in object)) return;
    const mesh = object as unknown as SkinnedMesh;
    mesh.frustumCulled = false;
    mesh.boundingBox = bounds.clone().applyMatrix4(mesh.matrixWorld.clone().invert());
  });
}

type Drawn = Object3D & { geometry: SkinnedMesh["geometry"] };

function visitGeometries(root: Object3D, visit: (object: Drawn) => void): void {
  root.traverseVisible((object) => {
    if (!("isMesh" in object || "isPoints" in object || "isLine" in object)) return;
    const drawn = object as unknown as Drawn;
    if (isDuplicate(drawn)) return;
    if ((drawn.geometry.getAttribute("position")?.count ?? 0) > 0) visit(drawn);
  });
}

/** Whether bones or morph targets move the vertices, so that their positions depend on the pose. */
function isDeformed(object: Object3D): object is Mesh {
  if (!("isMesh" in object) || "isInstancedMesh" in object) return false;
  const { geometry } = object as Mesh;
  return "isSkinnedMesh" in object || geometry.morphAttributes.position !== undefined;
}

/** Whether bones, instances or morph targets move the vertices, so that only the bounding box is cheap to compute. */
function hasOnlyBox(object: Drawn): boolean {
  return (
    "isSkinnedMesh" in object ||
    "isInstancedMesh" in object ||
    "isInstancedBufferGeometry" in object.geometry ||
    Object.keys(object.geometry.morphAttributes).length > 0
  );
}

function localBox(object: Drawn): Box3 {
  if ("isSkinnedMesh" in object || "isInstancedMesh" in object) {
    const mesh = object as unknown as SkinnedMesh | InstancedMesh;
    if (mesh.boundingBox === null) mesh.computeBoundingBox();
    return mesh.boundingBox ?? new Box3();
  }
  if (object.geometry.boundingBox === null) object.geometry.computeBoundingBox();
  return object.geometry.boundingBox ?? new Box3();
}

function isFiniteBox(box: Box3): boolean {
  return !box.isEmpty() && [...box.min, ...box.max].every(Number.isFinite);
}
