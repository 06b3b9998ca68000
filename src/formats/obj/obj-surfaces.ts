import { triangulate } from "../../geometry/triangulate.ts";
import type { Surface, SurfaceMaterial, Vertices } from "../data-kinds.ts";
import { type GrowingArray, growingInts } from "../growing-array.ts";
import { linearFromSrgb } from "../srgb.ts";
import type { ObjData, ObjElements } from "./obj-parser.ts";
import type { ObjVertices } from "./obj-vertices.ts";

/** The triangles that share a material and a smoothing state, as corner indices into `ObjData.faces`. */
interface Group {
  readonly material: SurfaceMaterial | undefined;
  readonly smooth: boolean;
  readonly corners: GrowingArray<Int32Array>;
}

/**
 * Makes one surface per material and smoothing state.
 *
 * @param materials the material of each style; undefined if no library defines it
 */
export function objSurfaces(
  data: ObjData,
  vertices: ObjVertices,
  materials: readonly (SurfaceMaterial | undefined)[],
  warnings: string[],
): Surface[] {
  const groups = triangulateFaces(data, materials, warnings);
  // For a single surface without normals the actor computes them without an array of NaN.
  const hasNormals = data.normals.length > 0 || groups.length > 1;
  return groups.map((group) => {
    const { material, smooth } = group;
    const corners = verticesOf(data, group);
    const uvs = uvsOf(data, group);
    return {
      positions: vertices.positionsAt(corners),
      normals: hasNormals && smooth ? normalsOf(data, group) : undefined,
      flat: !smooth,
      // Vertex colours replace the colour of the material, but not its textures.
      colors: uvs === undefined ? vertices.colorsAt(corners, () => diffuseOf(material)) : undefined,
      uvs,
      material,
    };
  });
}

/** Makes line segments, coloured by their vertices, or else by their materials. */
export function objLines(
  { lines }: ObjData,
  vertices: ObjVertices,
  materials: readonly (SurfaceMaterial | undefined)[],
): Vertices | undefined {
  const { corners, elements } = segmentsOf(lines);
  const styleOf = (i: number): number => lines.styles[elements[i] ?? -1] ?? -1;
  return vertices.elements(corners, (i) => diffuseOf(materials[styleOf(i)]));
}

/** Makes points, coloured by their vertices, or else by their materials. */
export function objPoints(
  { points }: ObjData,
  vertices: ObjVertices,
  materials: readonly (SurfaceMaterial | undefined)[],
): Vertices | undefined {
  return vertices.elements(points.vertices, (i) => diffuseOf(materials[points.styles[i] ?? -1]));
}

/** The linear diffuse colour of a material; white if it does not set one. */
function diffuseOf(material: SurfaceMaterial | undefined): readonly number[] | undefined {
  return material && (material.diffuse ?? [1, 1, 1]).map(linearFromSrgb);
}

function triangulateFaces(
  { positions, styles, faces }: ObjData,
  materials: readonly (SurfaceMaterial | undefined)[],
  warnings: string[],
): Group[] {
  const smoothGroups = new Map<SurfaceMaterial | undefined, Group>();
  const flatGroups = new Map<SurfaceMaterial | undefined, Group>();
  const byStyle = styles.map(({ smooth }, style): Group => {
    const groups = smooth ? smoothGroups : flatGroups;
    const material = materials[style];
    const group = groups.get(material) ?? { material, smooth, corners: growingInts() };
    groups.set(material, group);
    return group;
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
  return [...new Set(byStyle)].filter(({ corners }) => corners.length > 0);
}

function verticesOf({ faces }: ObjData, { corners }: Group): Int32Array {
  const { values } = corners;
  const vertices = new Int32Array(values.length);
  for (let i = 0; i < values.length; i += 1) vertices[i] = faces.vertices[values[i] ?? 0] ?? 0;
  return vertices;
}

/** Texture coordinates of a surface; undefined if its material has no texture or the file has no coordinates for it. */
function uvsOf({ faces, uvs }: ObjData, { material, corners }: Group): Float32Array | undefined {
  if (material === undefined || Object.keys(material.textures).length === 0) return undefined;
  const values = new Float32Array(2 * corners.length);
  let found = false;
  const cornerIndices = corners.values;
  for (let i = 0; i < cornerIndices.length; i += 1) {
    const from = 2 * (faces.uvs[cornerIndices[i] ?? 0] ?? -1);
    if (from < 0 || from >= uvs.length) continue;
    found = true;
    values[2 * i] = uvs[from] ?? 0;
    values[2 * i + 1] = uvs[from + 1] ?? 0;
  }
  return found ? values : undefined;
}

/** Unit vertex normals of the file; NaN if one is missing or has zero or infinite length. */
function normalsOf({ faces, normals }: ObjData, { corners }: Group): Float32Array {
  const values = new Float32Array(3 * corners.length).fill(Number.NaN);
  const cornerIndices = corners.values;
  for (let i = 0; i < cornerIndices.length; i += 1) {
    const from = 3 * (faces.normals[cornerIndices[i] ?? 0] ?? -1);
    const x = normals[from] ?? 0;
    const y = normals[from + 1] ?? 0;
    const z = normals[from + 2] ?? 0;
    const length = Math.hypot(x, y, z);
    if (!(length > 0 && length < Number.POSITIVE_INFINITY)) continue;
    values[3 * i] = x / length;
    values[3 * i + 1] = y / length;
    values[3 * i + 2] = z / length;
  }
  return values;
}

/** Splits polylines into line segments of two vertices each, and returns the polyline of each vertex. */
function segmentsOf({ starts, vertices, styles }: ObjElements): {
  corners: Int32Array;
  elements: Int32Array;
} {
  const corners = growingInts();
  const elements = growingInts();
  for (let element = 0; element < styles.length; element += 1) {
    for (let offset = starts[element] ?? 0; offset + 1 < (starts[element + 1] ?? 0); offset += 1) {
      for (const corner of [offset, offset + 1]) {
        corners.push(vertices[corner] ?? 0);
        elements.push(element);
      }
    }
  }
  return { corners: corners.values, elements: elements.values };
}
