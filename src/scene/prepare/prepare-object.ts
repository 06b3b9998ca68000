import type { Line, Mesh, Object3D, Points } from "three";
import { fitPointSize } from "../../actors/point-size.ts";
import { LoadError } from "../../formats/load-error.ts";
import { findInvalidIndex, invalidIndexReason } from "../../geometry/collapse-invalid.ts";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { GltfSurface } from "../../loading/prepare-gltf.ts";
import {
  PRIMITIVE_VERTICES,
  PrimitiveCounter,
  type PrimitiveCounts,
} from "../../loading/primitive-counter.ts";
import { cleanGeometry } from "./clean-geometry.ts";
import { prepareMeshes } from "./prepare-mesh.ts";

type Drawable = Mesh | Points | Line;

function primitivesOf(object: Object3D): keyof PrimitiveCounts | undefined {
  if ("isPoints" in object) return "points";
  if ("isLine" in object) return "lines";
  return "isMesh" in object ? "triangles" : undefined;
}

/**
 * Prepares the objects of a glTF file for rendering: removes invalid coordinates, adds missing normals, and divides large meshes.
 *
 * @returns the numbers of primitives
 * @throws LoadError if a vertex index is out of range, or nothing is left to draw
 */
export function prepareObject(
  root: Object3D,
  options: {
    readonly path: string;
    readonly format: string;
    readonly drafts: boolean;
    readonly warnings: string[];
  },
): PrimitiveCounts {
  const { path, format, drafts, warnings } = options;
  const counter = new PrimitiveCounter();
  const drawables: Drawable[] = [];
  root.traverse((object) => {
    checkTransform(object, warnings);
    if (primitivesOf(object) !== undefined) drawables.push(object as Drawable);
  });

  const meshes: Mesh[] = [];
  for (const object of drawables) {
    const kind = primitivesOf(object);
    const { index } = object.geometry;
    const prepared = object.geometry.userData.prepared as GltfSurface | undefined;
    const position = object.geometry.getAttribute("position");
    if (kind === undefined || position === undefined || position.count === 0) {
      object.removeFromParent();
      continue;
    }
    const invalid = prepared ? undefined : findInvalidIndex(index?.array ?? [], position.count);
    if (invalid !== undefined)
      throw new LoadError(path, invalidIndexReason(invalid, position.count), { format });
    const dropped = prepared?.dropped ?? cleanGeometry(object.geometry, PRIMITIVE_VERTICES[kind]);
    if (!counter.add(kind, index?.count ?? position.count, dropped)) {
      object.removeFromParent();
      continue;
    }
    if ("isMesh" in object) meshes.push(object);
    else if ("isPoints" in object) fitPointSize(object);
  }
  prepareMeshes(meshes, drafts);
  counter.check(path, format, warnings);
  return counter.counts;
}

function checkTransform(object: Object3D, warnings: string[]): void {
  const { position, quaternion, scale } = object;
  if ([...position, ...quaternion, ...scale].every((value) => Math.abs(value) <= MAX_COORDINATE)) return;
  warnings.push("a part has a transformation that is not finite; it is shown without the transformation");
  object.position.set(0, 0, 0);
  object.quaternion.identity();
  object.scale.set(1, 1, 1);
  object.updateMatrix();
}
