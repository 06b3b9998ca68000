import type { Line, Mesh, Object3D, Points } from "three";
import { fitPointSize } from "../../actors/point-size.ts";
import { LoadError } from "../../formats/load-error.ts";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { PrimitiveCounts } from "../../loading/prepare-data.ts";
import { cleanGeometry, findInvalidIndex } from "./clean-geometry.ts";
import { prepareMeshes } from "./prepare-mesh.ts";

type Drawable = Mesh | Points | Line;

/** Vertices of a primitive, and the counter of its kind. */
function kindOf(object: Object3D): { size: 1 | 2 | 3; counter: keyof PrimitiveCounts } | undefined {
  if ("isPoints" in object) return { size: 1, counter: "points" };
  if ("isLine" in object) return { size: 2, counter: "lines" };
  return "isMesh" in object ? { size: 3, counter: "triangles" } : undefined;
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
  const counts: PrimitiveCounts = { triangles: 0, points: 0, lines: 0 };
  let dropped = 0;
  const drawables: Drawable[] = [];
  root.traverse((object) => {
    checkTransform(object, warnings);
    if (kindOf(object) !== undefined) drawables.push(object as Drawable);
  });

  const meshes: Mesh[] = [];
  for (const object of drawables) {
    const kind = kindOf(object);
    const position = object.geometry.getAttribute("position");
    if (kind === undefined || position === undefined || position.count === 0) {
      object.removeFromParent();
      continue;
    }
    const invalid = findInvalidIndex(object.geometry);
    if (invalid !== undefined) {
      const reason = `a face uses vertex ${invalid}, but there are only ${position.count} vertices (numbered from 0): the file is damaged`;
      throw new LoadError(path, reason, { format });
    }
    const removed = cleanGeometry(object.geometry, kind.size);
    dropped += removed.dropped;
    const primitives = Math.floor((object.geometry.index?.count ?? position.count) / kind.size);
    if (removed.isEmpty || primitives === 0) {
      object.removeFromParent();
      continue;
    }
    if ("isMesh" in object) meshes.push(object);
    else if ("isPoints" in object) fitPointSize(object);
    counts[kind.counter] += primitives - removed.dropped;
  }
  prepareMeshes(meshes, drafts);

  if (counts.triangles + counts.points + counts.lines === 0) {
    const reason =
      dropped > 0
        ? `none of its coordinates is a finite number below ${MAX_COORDINATE}: there is nothing to draw`
        : "there are no triangles, lines or points in it: there is nothing to draw";
    throw new LoadError(path, reason, { format });
  }
  if (dropped > 0) {
    warnings.push(
      `${dropped} triangles or points have coordinates that are not finite numbers and are left out`,
    );
  }
  return counts;
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
