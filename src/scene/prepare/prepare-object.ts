import { type Line, type Material, type Mesh, type Object3D, type Points, Sphere } from "three";
import { lineMaterial, pointMaterial } from "../../actors/default-materials.ts";
import { fitPointSize } from "../../actors/point-size.ts";
import { LoadError } from "../../formats/load-error.ts";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import { cleanGeometry, findInvalidIndex } from "./clean-geometry.ts";
import { cleanMaterial } from "./clean-material.ts";
import { prepareMesh } from "./prepare-mesh.ts";

export interface PrepareOptions {
  readonly file: string;
  readonly format: string;
  /** Keep the file's materials, on all objects or on surfaces only; the others get default materials. */
  readonly keepMaterials: boolean | "surfaces";
  readonly warnings: string[];
}

/** Numbers of primitives. */
export interface DrawnCounts {
  triangles: number;
  points: number;
  lines: number;
}

type Drawable = Mesh | Points | Line;

/** Preparation of one kind of object. */
interface DrawableKind {
  /** Vertices of a primitive. */
  readonly size: 1 | 2 | 3;
  readonly counter: keyof DrawnCounts;
  prepare(object: Drawable, keepMaterials: boolean | "surfaces"): void;
}

const MESH: DrawableKind = {
  size: 3,
  counter: "triangles",
  prepare: (object, keepMaterials) => prepareMesh(object as Mesh, keepMaterials !== false),
};

const POINTS: DrawableKind = {
  size: 1,
  counter: "points",
  prepare(object, keepMaterials) {
    const { geometry } = object;
    if (keepMaterials !== true) {
      geometry.computeBoundingSphere();
      object.material = pointMaterial(
        geometry.hasAttribute("color"),
        geometry.boundingSphere ?? new Sphere(),
      );
    }
    fitPointSize(object as Points);
  },
};

const LINES: DrawableKind = {
  size: 2,
  counter: "lines",
  prepare(object, keepMaterials) {
    if (keepMaterials !== true) object.material = lineMaterial(object.geometry.hasAttribute("color"));
  },
};

function kindOf(object: Object3D): DrawableKind | undefined {
  if ("isPoints" in object) return POINTS;
  if ("isLine" in object) return LINES;
  return "isMesh" in object ? MESH : undefined;
}

/**
 * Prepares the objects of a file for rendering: removes invalid coordinates, adds normals and default materials.
 *
 * @returns the numbers of primitives
 * @throws LoadError if a vertex index is out of range, or nothing is left to draw
 */
export function prepareObject(root: Object3D, options: PrepareOptions): DrawnCounts {
  const { file, format, keepMaterials, warnings } = options;
  const counts: DrawnCounts = { triangles: 0, points: 0, lines: 0 };
  let dropped = 0;
  const drawables: [Drawable, DrawableKind][] = [];
  const materials = new Set<Material>();
  root.traverse((object) => {
    checkTransform(object, warnings);
    const kind = kindOf(object);
    if (kind !== undefined) drawables.push([object as Drawable, kind]);
  });

  for (const [object, kind] of drawables) {
    const position = object.geometry.getAttribute("position");
    if (position === undefined || position.count === 0) {
      object.removeFromParent();
      continue;
    }
    const invalid = findInvalidIndex(object.geometry);
    if (invalid !== undefined) {
      const reason = `a face uses vertex ${invalid}, but there are only ${position.count} vertices (numbered from 0): the file is damaged`;
      throw new LoadError(file, reason, { format });
    }
    const removed = cleanGeometry(object.geometry, kind.size);
    dropped += removed.dropped;
    const primitives = Math.floor((object.geometry.index?.count ?? position.count) / kind.size);
    if (removed.isEmpty || primitives === 0) {
      object.removeFromParent();
      continue;
    }
    kind.prepare(object, keepMaterials);
    counts[kind.counter] += primitives - removed.dropped;
    for (const material of [object.material].flat()) materials.add(material);
  }
  for (const material of materials) cleanMaterial(material);

  if (counts.triangles + counts.points + counts.lines === 0) {
    const reason =
      dropped > 0
        ? `none of its coordinates is a finite number below ${MAX_COORDINATE}: there is nothing to draw`
        : "there are no triangles, lines or points in it: there is nothing to draw";
    throw new LoadError(file, reason, { format });
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
