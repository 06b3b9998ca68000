import { triangulate } from "../../geometry/triangulate.ts";
import { compactIndices } from "../../native/mesh-kernels.ts";
import type { Surface, SurfaceMaterial, Vertices } from "../data-kinds.ts";
import { type GrowingArray, growingInts } from "../growing-array.ts";
import { linearFromSrgb } from "../srgb.ts";
import type { ObjData, ObjElements } from "./obj-data.ts";
import type { ObjVertices } from "./obj-vertices.ts";

/** The triangles that share a material and a smoothing state. */
interface Group {
  readonly material: SurfaceMaterial | undefined;
  readonly smooth: boolean;
  /** Three indices into the corners of `ObjData.faces` per triangle; undefined if the triangles use all corners in order. */
  readonly corners: Int32Array | undefined;
}

/** The vertices of a surface. */
interface Layout {
  /** Three vertices per triangle; undefined if the triangles use all vertices in order. */
  readonly indices: Uint32Array | undefined;
  /** Index in `ObjData.positions` of each vertex; undefined for all positions in order. */
  readonly positions: Int32Array | undefined;
  /** Index in `ObjData.uvs` of each vertex; -1 for a vertex without texture coordinates. */
  readonly uvs: Int32Array | undefined;
  readonly normals: Int32Array | undefined;
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
  // Scratch array, shared by the surfaces, since there can be thousands of them.
  const last = new Int32Array(data.positions.length / 3).fill(-1);
  return groups.map((group) => {
    const { material, smooth } = group;
    const hasTexture = material !== undefined && Object.keys(material.textures).length > 0;
    const hasNormals = smooth && data.normals.length > 0 && data.faces.normals !== undefined;
    const needs = { uvs: hasTexture, normals: hasNormals };
    let layout = sharedLayout(data, group, needs, last);
    let normals = hasNormals ? normalsOf(data, layout) : undefined;
    if (normals !== undefined && hasNaN(normals)) {
      // Missing normals are computed for surfaces without indices.
      layout = cornerLayout(data, group, needs);
      normals = normalsOf(data, layout);
    }
    const uvs = hasTexture ? uvsOf(data, layout) : undefined;
    return {
      positions: vertices.positionsAt(layout.positions),
      normals,
      flat: !smooth,
      // Vertex colors replace the color of the material, but not its textures.
      colors: uvs === undefined ? vertices.colorsAt(layout.positions, () => diffuseOf(material)) : undefined,
      uvs,
      material,
      indices: layout.indices,
    };
  });
}

/** Makes line segments, colored by their vertices, or else by their materials. */
export function objLines(
  { lines }: ObjData,
  vertices: ObjVertices,
  materials: readonly (SurfaceMaterial | undefined)[],
): Vertices | undefined {
  const { corners, elements } = segmentsOf(lines);
  const styleOf = (i: number): number => lines.styles[elements[i] ?? -1] ?? -1;
  return vertices.elements(corners, (i) => diffuseOf(materials[styleOf(i)]));
}

/** Makes points, colored by their vertices, or else by their materials. */
export function objPoints(
  { points }: ObjData,
  vertices: ObjVertices,
  materials: readonly (SurfaceMaterial | undefined)[],
): Vertices | undefined {
  return vertices.elements(points.vertices, (i) => diffuseOf(materials[points.styles[i] ?? -1]));
}

/** The linear diffuse color of a material; white if it does not set one. */
function diffuseOf(material: SurfaceMaterial | undefined): readonly number[] | undefined {
  return material && (material.diffuse ?? [1, 1, 1]).map(linearFromSrgb);
}

function triangulateFaces(
  data: ObjData,
  materials: readonly (SurfaceMaterial | undefined)[],
  warnings: string[],
): Group[] {
  const { styles, faces } = data;
  const { count, runs, ends } = faces;
  const smoothGroups = new Map<SurfaceMaterial | undefined, TriangleList>();
  const flatGroups = new Map<SurfaceMaterial | undefined, TriangleList>();
  const byStyle = styles.map(({ smooth }, style): TriangleList => {
    const groups = smooth ? smoothGroups : flatGroups;
    const material = materials[style];
    const group = groups.get(material) ?? { material, smooth, corners: growingInts() };
    groups.set(material, group);
    return group;
  });
  const used = [...new Set(runs.map(({ style }) => byStyle[style]))];
  if (ends === undefined && used.length === 1) {
    return used.map((group) => ({
      material: group?.material,
      smooth: group?.smooth !== false,
      corners: undefined,
    }));
  }
  let degenerate = 0;
  for (const [i, { start, style }] of runs.entries()) {
    const corners = byStyle[style]?.corners ?? growingInts();
    degenerate += appendTriangles(data, start, runs[i + 1]?.start ?? count, corners);
  }
  if (degenerate > 0) warnings.push(`${degenerate} faces have fewer than three corners; left out`);
  return [...new Set(byStyle)]
    .filter(({ corners }) => corners.length > 0)
    .map((group) => ({ ...group, corners: group.corners.values }));
}

interface TriangleList extends Omit<Group, "corners"> {
  readonly corners: GrowingArray<Int32Array>;
}

/** Triangulates faces and appends the corners. @returns the number of faces with fewer than three corners */
function appendTriangles(
  { positions, faces: { ends, vertices } }: ObjData,
  first: number,
  end: number,
  corners: GrowingArray<Int32Array>,
): number {
  if (ends === undefined) {
    for (let corner = 3 * first; corner < 3 * end; corner += 1) corners.push(corner);
    return 0;
  }
  let degenerate = 0;
  for (let face = first; face < end; face += 1) {
    const start = face === 0 ? 0 : (ends[face - 1] ?? 0);
    const count = (ends[face] ?? 0) - start;
    if (count < 3) degenerate += 1;
    const triangles = triangulate(positions, vertices, start, count);
    for (let i = 0; i < triangles.length; i += 1) corners.push(start + (triangles[i] ?? 0));
  }
  return degenerate;
}

interface LayoutNeeds {
  readonly uvs: boolean;
  readonly normals: boolean;
}

/** Layout with one vertex per corner. */
function cornerLayout({ faces }: ObjData, { corners }: Group, needs: LayoutNeeds) {
  const select = (indices: Int32Array): Int32Array =>
    corners === undefined ? indices : gather(indices, corners);
  return {
    indices: undefined,
    positions: select(faces.vertices),
    uvs: needs.uvs && faces.uvs !== undefined ? select(faces.uvs) : undefined,
    normals: needs.normals && faces.normals !== undefined ? select(faces.normals) : undefined,
  };
}

/**
 * Layout in which corners with the same position, texture coordinate and normal share one vertex.
 *
 * @param last scratch array with -1 for each position
 */
function sharedLayout(data: ObjData, group: Group, needs: LayoutNeeds, last: Int32Array): Layout {
  const { positions, uvs, normals } = cornerLayout(data, group, needs);
  const vertices = last.length;
  const areSame = [uvs, normals].every((other) => other === undefined || areEqual(other, positions));
  if (!areSame) return mergeCorners(positions, uvs, normals, last);
  const indices = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
  if (coversAll(positions, vertices)) {
    return {
      indices,
      positions: undefined,
      uvs: uvs && range(vertices),
      normals: normals && range(vertices),
    };
  }
  const used = new Int32Array(compactIndices(indices, vertices));
  return { indices, positions: used, uvs: uvs && used, normals: normals && used };
}

/** Maximum number of vertices that are compared with a corner: more vertices share a position only in damaged files. */
const MAX_COMPARED = 32;

function mergeCorners(
  positions: Int32Array,
  uvs: Int32Array | undefined,
  normals: Int32Array | undefined,
  last: Int32Array,
): Layout {
  const indices = new Uint32Array(positions.length);
  /** Linked list of the vertices at each position: the previous vertex of each one. `last` has the newest. */
  const previous = growingInts();
  /** The first corner of each vertex. */
  const first = growingInts();
  for (let corner = 0; corner < positions.length; corner += 1) {
    const position = positions[corner] ?? 0;
    const newest = last[position] ?? -1;
    let vertex = newest;
    for (let compared = 0; vertex >= 0; compared += 1) {
      const other = first.array[vertex] ?? 0;
      if (uvs?.[other] === uvs?.[corner] && normals?.[other] === normals?.[corner]) break;
      vertex = compared < MAX_COMPARED ? (previous.array[vertex] ?? -1) : -1;
    }
    if (vertex < 0) {
      vertex = first.length;
      first.push(corner);
      previous.push(newest);
      last[position] = vertex;
    }
    indices[corner] = vertex;
  }
  const corners = first.values;
  const used = gather(positions, corners);
  for (let i = 0; i < used.length; i += 1) last[used[i] ?? 0] = -1;
  return {
    indices,
    positions: used,
    uvs: uvs && gather(uvs, corners),
    normals: normals && gather(normals, corners),
  };
}

function gather(values: Int32Array, indices: Int32Array): Int32Array {
  const gathered = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i += 1) gathered[i] = values[indices[i] ?? 0] ?? 0;
  return gathered;
}

/** The integers from 0 to `count` - 1, in order. */
function range(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i += 1) numbers[i] = i;
  return numbers;
}

function areEqual(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether each integer from 0 to `count` - 1 occurs. */
function coversAll(indices: Int32Array, count: number): boolean {
  if (indices.length < count) return false;
  const occurs = new Uint8Array(count);
  for (let i = 0; i < indices.length; i += 1) occurs[indices[i] ?? 0] = 1;
  return !occurs.includes(0);
}

function hasNaN(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i += 1) if (Number.isNaN(values[i])) return true;
  return false;
}

/** Texture coordinates of a surface; undefined if the file does not have them. */
function uvsOf({ uvs }: ObjData, { uvs: indices }: Layout): Float32Array | undefined {
  if (indices === undefined) return undefined;
  const values = new Float32Array(2 * indices.length);
  let found = false;
  for (let i = 0; i < indices.length; i += 1) {
    const from = 2 * (indices[i] ?? -1);
    if (from < 0 || from >= uvs.length) continue;
    found = true;
    values[2 * i] = uvs[from] ?? 0;
    values[2 * i + 1] = uvs[from + 1] ?? 0;
  }
  return found ? values : undefined;
}

/** Unit vertex normals of the file; NaN if one is missing or has zero or infinite length. */
function normalsOf({ normals }: ObjData, layout: Layout): Float32Array {
  const { normals: indices } = layout;
  const values = new Float32Array(3 * ((indices ?? layout.positions)?.length ?? 0)).fill(Number.NaN);
  if (indices === undefined) return values;
  for (let i = 0; i < indices.length; i += 1) {
    const from = 3 * (indices[i] ?? -1);
    const x = normals[from] ?? 0;
    const y = normals[from + 1] ?? 0;
    const z = normals[from + 2] ?? 0;
    const length = Math.sqrt(x * x + y * y + z * z);
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
