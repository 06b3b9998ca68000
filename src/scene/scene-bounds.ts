import {
  Box3,
  type BufferAttribute,
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

/** As {@link boxOf}, but with the vertices of skinned and morphed meshes in their current pose, in a pass over these vertices. */
export function deformedBoxOf(root: Object3D): Box3 {
  const box = new Box3();
  const part = new Box3();
  visitGeometries(root, (object) => {
    if (isDeformed(object)) visitPoints(object, (point) => box.expandByPoint(point));
    else if (isFiniteBox(part.copy(localBox(object)).applyMatrix4(object.matrixWorld))) box.union(part);
  });
  return box;
}

/** Returns the bounds of all visible vertices. Takes a few milliseconds for a large mesh. */
export function boundsOf(root: Object3D): SceneBounds {
  root.updateWorldMatrix(true, true);
  const box = new Box3();
  visitPoints(root, (point) => box.expandByPoint(point));
  if (box.isEmpty()) return { box, center: new Vector3(), radius: 0 };
  const center = box.getCenter(new Vector3());
  let squared = 0;
  visitPoints(root, (point) => {
    squared = Math.max(squared, point.distanceToSquared(center));
  });
  return { box, center, radius: Math.sqrt(squared) };
}

/** Visits all vertices with finite positions; of instanced objects, the corners of their bounding box. */
export function visitPoints(root: Object3D, visit: (point: Vector3) => void): void {
  const point = new Vector3();
  const visitTransformed = (matrix: Matrix4): void => {
    point.applyMatrix4(matrix);
    if (Number.isFinite(point.x + point.y + point.z)) visit(point);
  };
  visitGeometries(root, (object) => {
    if (isDeformed(object)) {
      const { count } = object.geometry.getAttribute("position");
      for (let i = 0; i < count; i += 1) {
        object.getVertexPosition(i, point);
        visitTransformed(object.matrixWorld);
      }
      return;
    }
    const outline = object.geometry.userData.outline as BufferAttribute | undefined;
    if (outline === undefined && hasOnlyBox(object)) {
      for (const corner of cornersOf(localBox(object))) {
        point.copy(corner);
        visitTransformed(object.matrixWorld);
      }
      return;
    }
    const position = outline ?? object.geometry.getAttribute("position");
    for (let i = 0; i < position.count; i += 1) {
      point.fromBufferAttribute(position, i);
      visitTransformed(object.matrixWorld);
    }
  });
}

/** The eight corners of a box. */
export function cornersOf({ min, max }: Box3): Vector3[] {
  return [min.x, max.x].flatMap((x) =>
    [min.y, max.y].flatMap((y) => [min.z, max.z].map((z) => new Vector3(x, y, z))),
  );
}

/** Clears the cached boxes of skinned meshes, to be called after their bones have moved. */
export function clearSkinnedBoxes(root: Object3D): void {
  root.traverse((object) => {
    if ("isSkinnedMesh" in object) (object as unknown as { boundingBox: Box3 | null }).boundingBox = null;
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
