import {
  BackSide,
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  FrontSide,
  Group,
  LineSegments,
  type Material,
  Mesh,
  Points,
  Sphere,
} from "three";
import type { Vec3 } from "../geometry/coordinates.ts";
import type { MeshStyle, OverlayStyle, PointsStyle } from "../layers/layer-properties.ts";
import { parsePlane, relativePlane } from "../layers/plane.ts";
import type {
  PreparedMesh,
  PreparedPoints,
  PreparedSurface,
  PreparedVertices,
} from "../loading/prepared-data.ts";
import type { ScalarLayer } from "../scalars/scalar-field.ts";
import type { Actor } from "./actor.ts";
import { clipObject } from "./clip.ts";
import { lineMaterial, pointMaterial } from "./default-materials.ts";
import { BACK_FACE_LAYER } from "./detail-layers.ts";
import { addStandIn, divideLater, divideMesh } from "./divide-mesh.ts";
import { LiveMaterials } from "./live-materials.ts";
import { MeshPicker } from "./picking/mesh-picker.ts";
import { fitPointSize } from "./point-size.ts";
import { colorByScalars } from "./scalars/scalar-shader.ts";
import { setBounds } from "./set-bounds.ts";
import { SplattedPoints } from "./splatted-points.ts";
import { surfaceEdges } from "./surface-edges.ts";
import { SurfaceMaterials } from "./surface-materials.ts";
import type { SharedSlices } from "./volume/shared-slices.ts";

export type MeshParts = Pick<PreparedMesh, "surfaces" | "lines" | "points" | "origin">;

export interface BuildOptions {
  /** Number of the file in the scene, for colors by file. Default: 0. */
  readonly index?: number;
  /** Styles of the files with values for this one, in their order. Meshes and points have these colors already. Default: none. */
  readonly overlays?: readonly OverlayStyle[] | undefined;
  /** What the volumes of a scene have in common. Default: the volume is the only one. */
  readonly slices?: SharedSlices | undefined;
  /**
   * Whether to splat large point clouds on the CPU, for GL drivers that render in software; called only for a large cloud.
   * Default: no.
   */
  readonly splatPoints?: (() => boolean) | undefined;
}

/** Builds a mesh per surface, one object for all lines and one for all points. */
export function buildMesh(
  { surfaces, lines, points, origin }: MeshParts,
  style: MeshStyle = {},
  options: BuildOptions = {},
): Actor {
  const object = new Group();
  object.position.set(...origin);
  const attributes = new Map<Float32Array, BufferAttribute>();
  const live = new LiveMaterials(style, options.overlays, scalarsOf([...surfaces, lines, points]));
  const materials = new SurfaceMaterials(style, live);
  const picker = new MeshPicker();
  let addDetail: Actor["addDetail"];
  for (const surface of surfaces) {
    const mesh = buildSurface(surface, materials, attributes);
    object.add(mesh);
    picker.addSurface(mesh, surface);
    if (surface.awaits !== undefined) {
      addStandIn(mesh, standInMaterial(surface, mesh, style, live));
      // Made now, so that the function does not keep the arrays of the surface.
      const front = surface.awaits.watertight ? materials.make(surface, FrontSide) : undefined;
      const { geometry } = mesh;
      addDetail = (detail) => divideLater(mesh, geometry, detail, detail.isWatertight ? front : undefined);
    }
    const edges = surfaceEdges(surface, attributeOf(surface.positions, 3, attributes), style, live);
    if (edges !== undefined) object.add(edges);
  }
  if (lines !== undefined) {
    const segments = linesOf(lines, style, attributes, live);
    picker.addVertices(segments, lines, lines);
    object.add(segments);
  }
  if (points !== undefined) {
    const cloud = pointsOf(points, origin, style, attributes, live, options);
    picker.addVertices(cloud, points);
    object.add(cloud);
  }
  clipObject(object, style.clip);
  return liveActor(object, live, { addDetail, pick: picker.pick });
}

export function buildPoints(
  { vertices, origin }: Pick<PreparedPoints, "vertices" | "origin">,
  style: PointsStyle = {},
  options: BuildOptions = {},
): Actor {
  const object = new Group();
  object.position.set(...origin);
  const live = new LiveMaterials(style, options.overlays, scalarsOf([vertices]));
  const picker = new MeshPicker();
  const cloud = pointsOf(vertices, origin, style, new Map(), live, options);
  picker.addVertices(cloud, vertices);
  object.add(cloud);
  clipObject(object, style.clip);
  return liveActor(object, live, { pick: picker.pick });
}

function liveActor(
  object: Group,
  live: LiveMaterials,
  { addDetail, pick }: Pick<Actor, "addDetail" | "pick">,
): Actor {
  return {
    object,
    animations: [],
    get legend() {
      return live.legend;
    },
    get legendsBelow() {
      return live.legendsBelow;
    },
    addDetail,
    pick,
    update: live.update,
  };
}

/** The scalar layers of the first part that has any: all have the same ones. */
function scalarsOf(parts: readonly (PreparedVertices | undefined)[]): readonly ScalarLayer[] {
  return parts.find((part) => part?.scalars?.length)?.scalars ?? [];
}

/**
 * Builds the mesh of a surface. The back faces of a watertight mesh are a child that drafts omit: they are visible only through small
 * holes, and cost a software driver half of the frame time.
 */
function buildSurface(
  surface: PreparedSurface,
  materials: SurfaceMaterials,
  attributes: Map<Float32Array, BufferAttribute>,
): Mesh {
  const geometry = geometryOf(surface, attributes);
  const { normals, uvs, detail, isWatertight } = surface;
  if (normals !== undefined) geometry.setAttribute("normal", attributeOf(normals, 3, attributes));
  if (uvs !== undefined) geometry.setAttribute("uv", attributeOf(uvs, 2, attributes));
  if (detail !== undefined) {
    const mesh = new Mesh(geometry, materials.make(surface, DoubleSide));
    divideMesh(mesh, detail, isWatertight ? materials.make(surface, FrontSide) : undefined);
    return mesh;
  }
  if (!isWatertight) return new Mesh(geometry, materials.make(surface, DoubleSide));
  const mesh = new Mesh(geometry, materials.make(surface, FrontSide));
  const backFaces = new Mesh(geometry, materials.make(surface, BackSide));
  backFaces.layers.set(BACK_FACE_LAYER);
  return mesh.add(backFaces);
}

/** Material of the points that stand in for a surface until it has levels of detail. */
function standInMaterial(
  { colors }: PreparedSurface,
  { geometry }: Mesh,
  style: MeshStyle,
  live: LiveMaterials,
): Material {
  const hasColors = colors !== undefined && style.color === undefined;
  const material = pointMaterial(hasColors, geometry.boundingSphere ?? new Sphere(), style.color);
  live.add(material);
  return material;
}

function linesOf(
  lines: PreparedVertices,
  style: MeshStyle,
  attributes: Map<Float32Array, BufferAttribute>,
  live: LiveMaterials,
): LineSegments {
  const hasColors = lines.colors !== undefined && style.color === undefined;
  const material = lineMaterial(hasColors, { color: style.color, width: style.lineWidth });
  live.add(material, colorByScalars(material, lines.scalars ?? [], live.styles));
  return new LineSegments(geometryOf(lines, attributes), material);
}

function pointsOf(
  vertices: PreparedVertices,
  origin: Vec3,
  style: PointsStyle,
  attributes: Map<Float32Array, BufferAttribute>,
  live: LiveMaterials,
  { splatPoints }: BuildOptions,
): Points | SplattedPoints {
  const { bounds } = vertices;
  if (bounds !== undefined && splatPoints?.()) {
    const plane = style.clip === undefined ? undefined : relativePlane(parsePlane(style.clip), origin);
    const splatted = new SplattedPoints(vertices, bounds, () => live.style, plane);
    live.add(splatted.material, undefined, { hasFixedValues: true });
    return splatted;
  }
  const geometry = geometryOf(vertices, attributes);
  let sphere = bounds && setBounds(geometry, bounds);
  if (sphere === undefined) {
    geometry.computeBoundingSphere();
    sphere = geometry.boundingSphere ?? new Sphere();
  }
  const hasColors = vertices.colors !== undefined && style.color === undefined;
  const material = pointMaterial(hasColors, sphere, style.color);
  live.add(material, colorByScalars(material, vertices.scalars ?? [], live.styles));
  const points = new Points(geometry, material);
  fitPointSize(points, () => live.style.pointSize);
  return points;
}

function geometryOf(
  { positions, colors, indices, scalars = [] }: PreparedVertices,
  attributes: Map<Float32Array, BufferAttribute>,
): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", attributeOf(positions, 3, attributes));
  if (colors !== undefined) geometry.setAttribute("color", attributeOf(colors, 3, attributes));
  for (const [i, { field }] of scalars.entries())
    geometry.setAttribute(`scalar${i}`, attributeOf(field.values, 1, attributes));
  if (indices !== undefined) geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}

/** Returns the attribute of an array. A shared array has one attribute, and so one buffer on the GPU. */
function attributeOf(
  array: Float32Array,
  itemSize: number,
  attributes: Map<Float32Array, BufferAttribute>,
): BufferAttribute {
  const attribute = attributes.get(array) ?? new BufferAttribute(array, itemSize);
  attributes.set(array, attribute);
  return attribute;
}
