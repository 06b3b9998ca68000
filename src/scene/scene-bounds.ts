import {
  Box3,
  BufferAttribute,
  type InstancedMesh,
  type Matrix4,
  type Mesh,
  type Object3D,
  type SkinnedMesh,
  Vector3,
} from "three";

import { isDuplicate } from "../actors/detail-layers.ts";

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
  const box = boxOfPoints(points);
  if (box.isEmpty()) return { box, center: new Vector3(), radius: 0, points };
  const center = box.getCenter(new Vector3());
  const { x, y, z } = center;
  let squared = 0;
  for (let i = 0; i < points.length; i += 3) {
    const dx = (points[i] ?? 0) - x;
    const dy = (points[i + 1] ?? 0) - y;
    const dz = (points[i + 2] ?? 0) - z;
    squared = Math.max(squared, dx * dx + dy * dy + dz * dz);
  }
  return { box, center, radius: Math.sqrt(squared), points };
}

function boxOfPoints(points: Float64Array): Box3 {
  const infinity = Number.POSITIVE_INFINITY;
  let [minX, minY, minZ] = [infinity, infinity, infinity];
  let [maxX, maxY, maxZ] = [-infinity, -infinity, -infinity];
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    const z = points[i + 2] ?? 0;
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    minZ = Math.min(minZ, z);
    maxX = Math.max(maxX, x);
    maxY = Math.max(maxY, y);
    maxZ = Math.max(maxZ, z);
  }
  return new Box3(new Vector3(minX, minY, minZ), new Vector3(maxX, maxY, maxZ));
}

/**
 * Returns x, y, z of all visible vertices with finite positions, in world coordinates; for instanced objects, the corners of their
 * bounding box. The result is one array, because a call per vertex takes 20 ms for the 35,000 of the Stanford bunny until it is compiled.
 */
function pointsOf(root: Object3D): Float64Array {
  const sources: [positions: BufferAttribute, matrix: Matrix4][] = [];
  visitGeometries(root, (object) => sources.push([localPoints(object), object.matrixWorld]));
  const points = new Float64Array(3 * sources.reduce((sum, [{ count }]) => sum + count, 0));
  let length = 0;
  for (const [positions, { elements }] of sources) {
    const [a = 0, b = 0, c = 0, , e = 0, f = 0, g = 0, , i = 0, j = 0, k = 0, , m = 0, n = 0, o = 0] =
      elements;
    const array = tightArray(positions);
    for (let at = 0; at < array.length; at += 3) {
      const x = array[at] ?? 0;
      const y = array[at + 1] ?? 0;
      const z = array[at + 2] ?? 0;
      const worldX = a * x + e * y + i * z + m;
      const worldY = b * x + f * y + j * z + n;
      const worldZ = c * x + g * y + k * z + o;
      if (!Number.isFinite(worldX + worldY + worldZ)) continue;
      points[length] = worldX;
      points[length + 1] = worldY;
      points[length + 2] = worldZ;
      length += 3;
    }
  }
  return points.subarray(0, length);
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
