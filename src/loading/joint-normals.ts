import type { Surface } from "../formats/data-kinds.ts";
import { analyzeSurface, appendVertices } from "../native/mesh-kernels.ts";

/** Replaces NaN normals, in place, by normals that are smooth across surfaces. */
export function computeMissingNormals(surfaces: readonly Surface[]): void {
  const incomplete = surfaces.flatMap(({ positions, normals }) =>
    normals?.some(Number.isNaN) ? { positions, normals } : [],
  );
  if (incomplete.length === 0) return;
  const positions = new Float32Array(incomplete.reduce((sum, { positions: { length } }) => sum + length, 0));
  let start = 0;
  for (const surface of incomplete) {
    positions.set(surface.positions, start);
    start += surface.positions.length;
  }
  const smooth = analyzeSurface({ positions }, { normals: true }).normals;
  start = 0;
  for (const { normals } of incomplete) {
    for (let i = 0; i < normals.length; i += 1) {
      if (Number.isNaN(normals[i])) normals[i] = smooth[start + i] ?? 0;
    }
    start += normals.length;
  }
}

/** A surface, and for each vertex that was appended to it, the vertex that it copies. */
export interface SurfacePart {
  readonly surface: Surface;
  readonly sources: Uint32Array;
}

/** Computes the normals of several indexed surfaces together, so that there is no seam between materials. */
export function withJointNormals(surfaces: readonly Surface[]): readonly SurfacePart[] {
  const parts = surfaces.flatMap(({ positions, indices, normals, flat }) =>
    normals === undefined && flat !== true && indices !== undefined ? [{ positions, indices, start: 0 }] : [],
  );
  // Surfaces that share vertices, such as the faces and strips of a PLY, are not joined.
  if (parts.length < 2 || new Set(parts.map(({ positions }) => positions)).size < parts.length)
    return surfaces.map((surface) => ({ surface, sources: new Uint32Array() }));
  let vertices = 0;
  let corners = 0;
  for (const part of parts) {
    part.start = vertices;
    vertices += part.positions.length / 3;
    corners += part.indices.length;
  }
  const positions = new Float32Array(3 * vertices);
  const indices = new Uint32Array(corners);
  corners = 0;
  for (const part of parts) {
    positions.set(part.positions, 3 * part.start);
    for (let i = 0; i < part.indices.length; i += 1)
      indices[corners + i] = part.start + (part.indices[i] ?? 0);
    corners += part.indices.length;
  }
  const joint = analyzeSurface({ positions, indices }, { normals: true });
  corners = 0;
  let next = 0;
  return surfaces.map((surface) => {
    const part = parts[next];
    if (part === undefined || surface.positions !== part.positions)
      return { surface, sources: new Uint32Array() };
    next += 1;
    const own = indices.subarray(corners, corners + part.indices.length);
    corners += own.length;
    return partOf(surface, own, part.start, vertices, joint);
  });
}

/**
 * Takes the vertices of one surface out of a joint one.
 *
 * @param indices its part of the joint indices; modified
 * @param start number of its first vertex
 * @param vertices number of joint vertices before those that were appended
 */
function partOf(
  surface: Surface,
  indices: Uint32Array,
  start: number,
  vertices: number,
  joint: { readonly normals: Float32Array; readonly sources: Uint32Array },
): SurfacePart {
  const count = surface.positions.length / 3;
  /** The number in the surface of each joint vertex that was appended for it. */
  const appended = new Map<number, number>();
  for (let i = 0; i < indices.length; i += 1) {
    const vertex = indices[i] ?? 0;
    if (vertex >= vertices && !appended.has(vertex)) appended.set(vertex, count + appended.size);
    indices[i] = appended.get(vertex) ?? vertex - start;
  }
  const sources = Uint32Array.from(
    appended.keys(),
    (vertex) => (joint.sources[vertex - vertices] ?? 0) - start,
  );
  const normals = new Float32Array(3 * (count + sources.length));
  normals.set(joint.normals.subarray(3 * start, 3 * (start + count)));
  for (const [vertex, number] of appended) {
    normals.set(joint.normals.subarray(3 * vertex, 3 * vertex + 3), 3 * number);
  }
  const { colors, uvs } = surface;
  return {
    sources,
    surface: {
      ...surface,
      indices,
      normals,
      positions: appendVertices(surface.positions, 3, sources),
      colors: colors && appendVertices(colors, 3, sources),
      uvs: uvs && appendVertices(uvs, 2, sources),
    },
  };
}
