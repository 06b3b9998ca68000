import {
  BackSide,
  BufferAttribute,
  type BufferGeometry,
  Color,
  DoubleSide,
  FrontSide,
  InterleavedBufferAttribute,
  type Line,
  type Material,
  Mesh,
  type Object3D,
  type Points,
  Sphere,
  type Texture,
  Vector2,
} from "three";
import { lineMaterial, pointMaterial, surfaceMaterial } from "../../actors/default-materials.ts";
import { EnvironmentLight } from "../../actors/environment-light.ts";
import { fitPointSize } from "../../actors/point-size.ts";
import { LoadError } from "../../formats/load-error.ts";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import { addSmoothNormals } from "../../geometry/smooth-normals.ts";
import { isWatertight } from "../../geometry/watertight.ts";
import { positionsOf, type Weld, weld } from "../../geometry/weld.ts";
import { BACK_FACE_LAYER } from "../lod/draft-layers.ts";

export interface PrepareOptions {
  readonly file: string;
  readonly format: string;
  /** Keep the file's materials, on all objects or on surfaces only; the others get scenecast's own. */
  readonly keepMaterials: boolean | "surfaces";
  readonly warnings: string[];
}

export interface DrawnCounts {
  triangles: number;
  points: number;
  lines: number;
}

/**
 * Makes whatever a loader produced fit to be drawn: nothing that is not a finite number reaches the renderer, no
 * index leads out of its buffer, surfaces have normals, a material of ours where the file gives none, and both sides.
 *
 * @returns how much there is to draw
 * @throws LoadError when an index leads out of its buffer, or nothing is left to draw
 */
export function prepareObject(root: Object3D, options: PrepareOptions): DrawnCounts {
  const counts: DrawnCounts = { triangles: 0, points: 0, lines: 0 };
  let dropped = 0;
  const drawn: (Mesh | Points | Line)[] = [];
  const materials = new Set<Material>();
  root.traverse((object) => {
    checkTransform(object, options.warnings);
    if ("isMesh" in object || "isPoints" in object || "isLine" in object)
      drawn.push(object as unknown as Mesh);
  });

  for (const object of drawn) {
    const position = object.geometry.getAttribute("position");
    const per = "isPoints" in object ? 1 : "isLine" in object ? 2 : 3;
    if (position === undefined || position.count === 0) {
      object.removeFromParent();
      continue;
    }
    checkIndices(object.geometry, options);
    const bad = cleanGeometry(object.geometry, per);
    dropped += bad.dropped;
    const elements = Math.floor((object.geometry.index?.count ?? position.count) / per);
    if (bad.all || elements === 0) {
      object.removeFromParent();
      continue;
    }
    if (per === 3) assignMaterial(object as Mesh, options);
    else if (options.keepMaterials !== true) {
      const colored = object.geometry.hasAttribute("color");
      object.geometry.computeBoundingSphere();
      const sphere = object.geometry.boundingSphere ?? new Sphere();
      object.material = per === 1 ? pointMaterial(colored, sphere) : lineMaterial(colored);
    }
    if (per === 1) fitPointSize(object as Points);
    counts[per === 3 ? "triangles" : per === 1 ? "points" : "lines"] += elements - bad.dropped;
    for (const material of [object.material].flat()) materials.add(material);
  }
  for (const material of materials) cleanMaterial(material);

  if (counts.triangles + counts.points + counts.lines === 0) {
    const reason =
      dropped > 0
        ? `none of its coordinates is a finite number below ${MAX_COORDINATE}: there is nothing to draw`
        : "there are no triangles, lines or points in it: there is nothing to draw";
    throw new LoadError(options.file, reason, { format: options.format });
  }
  if (dropped > 0) {
    options.warnings.push(
      `${dropped} triangles or points have coordinates that are no finite numbers; left out`,
    );
  }
  return counts;
}

/** Frees the GPU memory of everything below `root`: geometries, materials, textures. */
export function disposeObject(root: Object3D): void {
  root.traverse((object) => {
    if ("geometry" in object) (object.geometry as BufferGeometry).dispose();
    if ("skeleton" in object) (object.skeleton as { dispose(): void }).dispose();
    if (object instanceof EnvironmentLight) object.dispose();
    if ("isInstancedMesh" in object) (object as unknown as { dispose(): void }).dispose();
    if (!("material" in object)) return;
    for (const material of [object.material as Material | Material[]].flat()) {
      for (const value of Object.values(material)) if (isTexture(value)) value.dispose();
      material.dispose();
    }
  });
}

function isTexture(value: unknown): value is Texture {
  return typeof value === "object" && value !== null && "isTexture" in value;
}

/**
 * Gives a surface normals and, where the file has none, a material. Vertices are not shared between triangles
 * afterwards: creases need that, and sharing gains nothing on software drivers (bunny at 720p, SwiftShader: 26.0 ms
 * with, 26.6 without; llvmpipe: 42.7 and 31.1).
 */
function assignMaterial(mesh: Mesh, options: PrepareOptions): void {
  const flat = flatShaded(mesh);
  const rigid =
    !("isSkinnedMesh" in mesh) &&
    Object.keys(mesh.geometry.morphAttributes).length === 0 &&
    mesh.geometry.groups.length <= 1;
  const needsNormals = !mesh.geometry.hasAttribute("normal") && !flat;
  let welded: Weld | undefined;
  if (rigid && (needsNormals || !options.keepMaterials)) {
    if (mesh.geometry.index !== null) {
      const shared = mesh.geometry;
      mesh.geometry = shared.toNonIndexed();
      shared.dispose();
    }
    welded = weld(positionsOf(mesh.geometry.getAttribute("position")));
  }
  if (needsNormals) {
    if (welded === undefined) mesh.geometry.computeVertexNormals();
    else addSmoothNormals(mesh.geometry, welded);
  }
  if (options.keepMaterials) return;
  const vertexColors = mesh.geometry.hasAttribute("color");
  if (welded !== undefined && isWatertight(positionsOf(mesh.geometry.getAttribute("position")), welded)) {
    mesh.material = surfaceMaterial({ vertexColors, flat, side: FrontSide });
    const inside = new Mesh(mesh.geometry, surfaceMaterial({ vertexColors, flat, side: BackSide }));
    inside.layers.set(BACK_FACE_LAYER);
    mesh.add(inside);
  } else {
    mesh.material = surfaceMaterial({ vertexColors, flat, side: DoubleSide });
  }
}

/** Whether the file asks for facets ("s off" in OBJ with materials of its own). */
function flatShaded(mesh: Mesh): boolean {
  return [mesh.material]
    .flat()
    .every((material) => "flatShading" in material && material.flatShading === true);
}

function checkTransform(object: Object3D, warnings: string[]): void {
  const { position, quaternion, scale } = object;
  if ([...position, ...quaternion, ...scale].every((value) => Math.abs(value) <= MAX_COORDINATE)) return;
  warnings.push("a part has a transformation that is no finite number; it is shown where it was made");
  object.position.set(0, 0, 0);
  object.quaternion.identity();
  object.scale.set(1, 1, 1);
  object.updateMatrix();
}

function checkIndices(geometry: BufferGeometry, { file, format }: PrepareOptions): void {
  const count = geometry.getAttribute("position").count;
  const { index } = geometry;
  if (index === null) return;
  const { array } = index;
  for (let i = 0; i < array.length; i += 1) {
    const value = array[i] ?? 0;
    if (!(value >= 0 && value < count)) {
      throw new LoadError(
        file,
        `a face uses vertex ${value}, but there are only ${count} vertices (numbered from 0): the file is damaged`,
        { format },
      );
    }
  }
}

/**
 * Moves every vertex without a finite place to a good one and collapses the triangles (lines) at it, so that they
 * cover no pixel and bounds stay true.
 */
function cleanGeometry(geometry: BufferGeometry, per: 1 | 2 | 3): { dropped: number; all: boolean } {
  for (const [name, attribute] of Object.entries(geometry.attributes)) {
    if (attribute instanceof InterleavedBufferAttribute) geometry.setAttribute(name, deinterleave(attribute));
    else if (attribute.array instanceof Float64Array) {
      geometry.setAttribute(
        name,
        new BufferAttribute(new Float32Array(attribute.array), attribute.itemSize, attribute.normalized),
      );
    }
    if (name !== "position") replaceNonFinite(geometry.getAttribute(name).array, 0);
  }
  for (const morphs of Object.values(geometry.morphAttributes)) {
    for (const morph of morphs ?? []) replaceNonFinite(morph.array, 0);
  }
  const position = geometry.getAttribute("position");
  const { array, itemSize } = position;
  const bad = new Set<number>();
  for (let i = 0; i < position.count; i += 1) {
    for (let axis = 0; axis < itemSize; axis += 1) {
      if (!(Math.abs(array[i * itemSize + axis] ?? 0) <= MAX_COORDINATE)) bad.add(i);
    }
  }
  if (bad.size === 0) return { dropped: 0, all: false };
  let good = 0;
  while (bad.has(good)) good += 1;
  if (good >= position.count) return { dropped: Math.ceil(position.count / per), all: true };

  const place = (vertex: number): void => {
    for (let axis = 0; axis < itemSize; axis += 1)
      array[vertex * itemSize + axis] = array[good * itemSize + axis] ?? 0;
  };
  let dropped = 0;
  const { index } = geometry;
  const corners = index?.count ?? position.count;
  for (let first = 0; first < corners; first += per) {
    let touches = false;
    for (let c = first; c < first + per && c < corners; c += 1) touches ||= bad.has(index?.getX(c) ?? c);
    if (!touches) continue;
    dropped += 1;
    for (let c = first; c < first + per && c < corners; c += 1) {
      if (index === null) place(c);
      else index.setX(c, good);
    }
  }
  for (const vertex of bad) place(vertex);
  return { dropped, all: dropped * per >= corners };
}

/** Copies an interleaved attribute to an array of its own. three.js's clone() logs a line to the console on each call. */
function deinterleave({
  data,
  offset,
  itemSize,
  count,
  normalized,
}: InterleavedBufferAttribute): BufferAttribute {
  const array = data.array.slice(0, count * itemSize);
  for (let i = 0; i < count; i += 1) {
    for (let c = 0; c < itemSize; c += 1) {
      array[i * itemSize + c] = data.array[i * data.stride + offset + c] ?? 0;
    }
  }
  return new BufferAttribute(array, itemSize, normalized);
}

function replaceNonFinite(array: ArrayLike<number>, value: number): void {
  if (!(array instanceof Float32Array)) return;
  for (let i = 0; i < array.length; i += 1) if (!Number.isFinite(array[i])) array[i] = value;
}

/** A material value that is not a number goes back to that of a new material. */
function cleanMaterial(material: Material): void {
  const Fresh = material.constructor as new () => Material;
  let fresh: Record<string, unknown> | undefined;
  const values = material as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(values)) {
    const broken =
      Number.isNaN(value) ||
      (value instanceof Color && !value.toArray().every(Number.isFinite)) ||
      (value instanceof Vector2 && !value.toArray().every(Number.isFinite));
    if (broken) {
      fresh ??= new Fresh() as unknown as Record<string, unknown>;
      values[name] = fresh[name];
    }
    if (isTexture(value)) {
      if (!value.repeat.toArray().every(Number.isFinite)) value.repeat.set(1, 1);
      if (!value.offset.toArray().every(Number.isFinite)) value.offset.set(0, 0);
      if (!Number.isFinite(value.rotation)) value.rotation = 0;
    }
  }
}
