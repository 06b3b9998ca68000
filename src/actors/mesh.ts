import {
  type BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  LineSegments,
  type Material,
  Mesh,
  type MeshPhongMaterial,
  Points,
  SRGBColorSpace,
  Texture,
  type Vector3,
} from "three";
import { type GrowingArray, growingInts } from "../formats/growing-array.ts";
import type { ObjData, ObjElements } from "../formats/obj/obj-parser.ts";
import { coordinateOrigin } from "../geometry/coordinate-origin.ts";
import { addSmoothNormals } from "../geometry/smooth-normals.ts";
import { triangulate } from "../geometry/triangulate.ts";
import { weld } from "../geometry/weld.ts";
import { surfaceMaterial } from "../scene/prepare/materials.ts";

/** Looks up the material that a `usemtl` statement names; undefined if no library defines it. */
export type FindMaterial = (name: string) => MeshPhongMaterial | undefined;

/** The triangles that share a material and a smoothing state, as corner indices into `ObjData.faces`. */
interface Surface {
  readonly material: MeshPhongMaterial | undefined;
  readonly smooth: boolean;
  readonly corners: GrowingArray<Int32Array>;
}

/**
 * Builds the three.js objects of a parsed OBJ: one mesh per material and smoothing state, one object for all lines, one
 * for all points. A file that has only vertices becomes a point cloud. Vertex colours replace the material's colour but
 * not its texture; vertex normals that are missing or zero are computed.
 */
export function buildObj(data: ObjData, find: FindMaterial, warnings: string[]): Group {
  const root = new Group();
  const origin = coordinateOrigin(data.positions);
  root.position.copy(origin);
  const attributes = new VertexAttributes(data, origin);
  const materials = data.styles.map(({ material }) => (material === undefined ? undefined : find(material)));

  const surfaces = triangulateFaces(data, materials, warnings);
  const geometries = surfaces.map((surface) => {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", attributes.positionsAt(verticesOf(data, surface)));
    return geometry;
  });
  const uvs = surfaces.map((surface) => uvsOf(data, surface));
  const colors = surfaces.map((surface, i) =>
    uvs[i] === undefined
      ? attributes.colorsAt(verticesOf(data, surface), () => surface.material?.color)
      : undefined,
  );
  setNormals(data, surfaces, geometries);
  for (const [i, surface] of surfaces.entries()) {
    const geometry = geometries[i] ?? new BufferGeometry();
    const uv = uvs[i];
    const color = colors[i];
    if (uv !== undefined) geometry.setAttribute("uv", uv);
    if (color !== undefined) geometry.setAttribute("color", color);
    root.add(new Mesh(geometry, materialOf(surface, uv !== undefined, color !== undefined)));
  }

  const colorOf = (elements: ObjElements, element: number): Color | undefined =>
    materials[elements.styles[element] ?? -1]?.color;
  const segments = segmentsOf(data.lines);
  if (segments.vertices.length > 0) {
    const geometry = attributes.geometry(segments.vertices, (i) =>
      colorOf(data.lines, segments.elements[i] ?? -1),
    );
    root.add(new LineSegments(geometry));
  }
  const onlyVertices = data.faces.styles.length + data.lines.styles.length + data.points.styles.length === 0;
  const points = onlyVertices
    ? Int32Array.from({ length: data.positions.length / 3 }, (_, i) => i)
    : data.points.vertices;
  if (points.length > 0) root.add(new Points(attributes.geometry(points, (i) => colorOf(data.points, i))));
  return root;
}

/** Makes buffer attributes of chosen vertices: positions relative to the origin, colours in linear sRGB. */
class VertexAttributes {
  readonly #positions: Float64Array;
  readonly #origin: Vector3;
  readonly #colors: Float32Array | undefined;

  constructor({ positions, colors }: ObjData, origin: Vector3) {
    this.#positions = positions;
    this.#origin = origin;
    this.#colors = colors === undefined ? undefined : linearColors(colors);
  }

  positionsAt(vertices: Int32Array): BufferAttribute {
    const relative = new Float32Array(3 * vertices.length);
    const { x, y, z } = this.#origin;
    const positions = this.#positions;
    for (let i = 0; i < vertices.length; i += 1) {
      const from = 3 * (vertices[i] ?? 0);
      relative[3 * i] = (positions[from] ?? 0) - x;
      relative[3 * i + 1] = (positions[from + 1] ?? 0) - y;
      relative[3 * i + 2] = (positions[from + 2] ?? 0) - z;
    }
    return new Float32BufferAttribute(relative, 3);
  }

  /**
   * @param fallback the colour for a vertex that has none, by its index in `vertices`; undefined means white
   * @returns undefined if none of the vertices has a colour
   */
  colorsAt(
    vertices: Int32Array,
    fallback: (index: number) => Color | undefined,
  ): BufferAttribute | undefined {
    const given = this.#colors;
    if (given === undefined || !vertices.some((vertex) => !Number.isNaN(given[3 * vertex]))) return undefined;
    const colors = new Float32Array(3 * vertices.length);
    for (let i = 0; i < vertices.length; i += 1) {
      const from = 3 * (vertices[i] ?? 0);
      if (Number.isNaN(given[from])) colors.set(fallback(i)?.toArray() ?? [1, 1, 1], 3 * i);
      else for (let c = 0; c < 3; c += 1) colors[3 * i + c] = given[from + c] ?? 1;
    }
    return new Float32BufferAttribute(colors, 3);
  }

  /** A geometry of lines or points, with the colours of their vertices or else of their materials. */
  geometry(vertices: Int32Array, colorOf: (index: number) => Color | undefined): BufferGeometry {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", this.positionsAt(vertices));
    const colors = this.colorsAt(vertices, colorOf) ?? materialColors(vertices.length, colorOf);
    if (colors !== undefined) geometry.setAttribute("color", colors);
    return geometry;
  }
}

function materialColors(
  count: number,
  colorOf: (index: number) => Color | undefined,
): BufferAttribute | undefined {
  let colors: Float32Array | undefined;
  for (let i = 0; i < count; i += 1) {
    const color = colorOf(i);
    if (color === undefined) continue;
    colors ??= new Float32Array(3 * count).fill(1);
    colors.set(color.toArray(), 3 * i);
  }
  return colors === undefined ? undefined : new Float32BufferAttribute(colors, 3);
}

/**
 * Converts sRGB colours to linear ones from 0 to 1. The range of the input (1, 255 or 65535) follows from its maximum.
 * NaN stays NaN: that vertex has no colour.
 */
function linearColors(given: Float64Array): Float32Array {
  let max = 1;
  let whole = true;
  for (const value of given) {
    if (!Number.isFinite(value)) continue;
    max = Math.max(max, value);
    whole &&= Number.isInteger(value);
  }
  // Fractions a little above 1 are overexposed colours from 0 to 1, not bytes.
  const scale = max <= (whole ? 1 : 2) ? 1 : max <= 255 ? 255 : 65_535;
  const component = (at: number): number => Math.min(1, Math.max(0, (given[at] ?? 0) / scale));
  const linear = new Float32Array(given.length);
  const color = new Color();
  for (let i = 0; i + 2 < given.length; i += 3) {
    if (Number.isFinite((given[i] ?? 0) + (given[i + 1] ?? 0) + (given[i + 2] ?? 0))) {
      color.setRGB(component(i), component(i + 1), component(i + 2), SRGBColorSpace);
      color.toArray(linear, i);
    } else linear.fill(Number.NaN, i, i + 3);
  }
  return linear;
}

function triangulateFaces(
  { positions, styles, faces }: ObjData,
  materials: readonly (MeshPhongMaterial | undefined)[],
  warnings: string[],
): Surface[] {
  const surfaces = new Map<string, Surface>();
  const byStyle = styles.map(({ smooth }, style): Surface => {
    const material = materials[style];
    const key = `${smooth} ${material?.uuid}`;
    const surface = surfaces.get(key) ?? { material, smooth, corners: growingInts() };
    surfaces.set(key, surface);
    return surface;
  });
  let degenerate = 0;
  for (let face = 0; face < faces.styles.length; face += 1) {
    const start = faces.starts[face] ?? 0;
    const count = (faces.starts[face + 1] ?? 0) - start;
    const corners = byStyle[faces.styles[face] ?? 0]?.corners;
    if (count < 3) degenerate += 1;
    const triangles = triangulate(positions, faces.vertices, start, count);
    for (let i = 0; i < triangles.length; i += 1) corners?.push(start + (triangles[i] ?? 0));
  }
  if (degenerate > 0) warnings.push(`${degenerate} faces have fewer than three corners; left out`);
  return [...surfaces.values()].filter(({ corners }) => corners.length > 0);
}

function verticesOf({ faces }: ObjData, { corners }: Surface): Int32Array {
  const { values } = corners;
  const vertices = new Int32Array(values.length);
  for (let i = 0; i < values.length; i += 1) vertices[i] = faces.vertices[values[i] ?? 0] ?? 0;
  return vertices;
}

/** Texture coordinates of a surface; undefined if its material has no texture or none of its corners has any. */
function uvsOf({ faces, uvs }: ObjData, { material, corners }: Surface): BufferAttribute | undefined {
  if (material === undefined || texturesOf(material).length === 0) return undefined;
  const given = new Float32Array(2 * corners.length);
  let known = false;
  const { values } = corners;
  for (let i = 0; i < values.length; i += 1) {
    const from = 2 * (faces.uvs[values[i] ?? 0] ?? -1);
    if (from < 0 || from >= uvs.length) continue;
    known = true;
    given[2 * i] = uvs[from] ?? 0;
    given[2 * i + 1] = uvs[from + 1] ?? 0;
  }
  return known ? new Float32BufferAttribute(given, 2) : undefined;
}

/**
 * Sets the vertex normals of smooth surfaces: those of the file, and computed ones where it has none. A single surface
 * without any in the file is left to `prepareObject`, which computes them for all formats.
 */
function setNormals(
  data: ObjData,
  surfaces: readonly Surface[],
  geometries: readonly BufferGeometry[],
): void {
  if (data.normals.length === 0 && surfaces.length === 1) return;
  const given = surfaces.map((surface) => (surface.smooth ? givenNormals(data, surface) : undefined));
  if (surfaces.length === 1 && given[0]?.any !== true) return;
  const incomplete = surfaces.flatMap(({ smooth }, i) =>
    smooth && given[i]?.complete !== true ? (geometries[i] ?? []) : [],
  );
  const computed = smoothTogether(incomplete);
  for (const [i, geometry] of geometries.entries()) {
    const own = given[i];
    if (own === undefined) continue;
    const normals = computed.get(geometry) ?? own.normals;
    if (normals !== own.normals) {
      for (let at = 0; at < normals.length; at += 3) {
        if (!Number.isNaN(own.normals[at])) normals.set(own.normals.subarray(at, at + 3), at);
      }
    }
    geometry.setAttribute("normal", new Float32BufferAttribute(normals, 3));
  }
}

/** The vertex normals of the file at unit length; NaN where it has none or one of zero or infinite length. */
function givenNormals(
  { faces, normals }: ObjData,
  { corners }: Surface,
): { normals: Float32Array; any: boolean; complete: boolean } {
  const given = new Float32Array(3 * corners.length).fill(Number.NaN);
  let count = 0;
  const { values } = corners;
  for (let i = 0; i < values.length; i += 1) {
    const from = 3 * (faces.normals[values[i] ?? 0] ?? -1);
    const x = normals[from] ?? 0;
    const y = normals[from + 1] ?? 0;
    const z = normals[from + 2] ?? 0;
    const length = Math.hypot(x, y, z);
    if (!(length > 0 && length < Number.POSITIVE_INFINITY)) continue;
    count += 1;
    given[3 * i] = x / length;
    given[3 * i + 1] = y / length;
    given[3 * i + 2] = z / length;
  }
  return { normals: given, any: count > 0, complete: count === corners.length };
}

/** Computes smooth vertex normals across several surfaces, so that no seam shows where two materials meet. */
function smoothTogether(geometries: readonly BufferGeometry[]): Map<BufferGeometry, Float32Array> {
  const normals = new Map<BufferGeometry, Float32Array>();
  const arrays = geometries.map((geometry) => geometry.getAttribute("position").array);
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  // Welding needs finite coordinates; `prepareObject` removes triangles with other ones.
  for (let i = 0; i < all.length; i += 1) if (!Number.isFinite(all[i])) all[i] = 0;
  const together = new BufferGeometry();
  together.setAttribute("position", new Float32BufferAttribute(all, 3));
  addSmoothNormals(together, weld(all));
  const smoothed = together.getAttribute("normal").array;
  at = 0;
  for (const [i, geometry] of geometries.entries()) {
    const length = arrays[i]?.length ?? 0;
    normals.set(geometry, Float32Array.from(smoothed.slice(at, at + length)));
    at += length;
  }
  return normals;
}

function materialOf({ material, smooth }: Surface, hasUvs: boolean, vertexColors: boolean): Material {
  if (material === undefined) return surfaceMaterial({ vertexColors, flat: !smooth, side: DoubleSide });
  const textures = texturesOf(material);
  const dropTextures = !hasUvs && textures.length > 0;
  if (smooth && !vertexColors && !dropTextures) return material;
  const own = material.clone();
  own.flatShading = !smooth;
  own.vertexColors = vertexColors;
  if (vertexColors) own.color.set(0xffffff);
  if (dropTextures) for (const name of textures) Object.assign(own, { [name]: null });
  return own;
}

/** Names of the material properties that hold a texture. */
function texturesOf(material: Material): string[] {
  return Object.entries(material).flatMap(([name, value]) => (value instanceof Texture ? [name] : []));
}

/** Splits polylines into line segments: two vertices each, and for each vertex the polyline it belongs to. */
function segmentsOf({ starts, vertices, styles }: ObjElements): {
  vertices: Int32Array;
  elements: Int32Array;
} {
  const pairs = growingInts();
  const elements = growingInts();
  for (let element = 0; element < styles.length; element += 1) {
    for (let at = starts[element] ?? 0; at + 1 < (starts[element + 1] ?? 0); at += 1) {
      for (const corner of [at, at + 1]) {
        pairs.push(vertices[corner] ?? 0);
        elements.push(element);
      }
    }
  }
  return { vertices: pairs.values, elements: elements.values };
}
