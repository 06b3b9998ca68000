import type { FileData, GltfScene, Mesh, Points, Surface, Vertices } from "../formats/data-kinds.ts";
import { LoadError } from "../formats/load-error.ts";
import { collapseInvalid, replaceNonFinite } from "../geometry/collapse-invalid.ts";
import { MAX_COORDINATE } from "../geometry/coordinates.ts";
import {
  analyzeSurface,
  appendVertices,
  boundVertices,
  indexRecords,
  type VertexBounds,
} from "../native/mesh-kernels.ts";
import type { ReportProgress } from "./read-data.ts";
import { makeSurfaceDetail, type SurfaceDetail } from "./surface-detail.ts";

/** Minimum number of points of a large cloud. */
const LARGE_CLOUD_POINTS = 50_000;

/** Numbers of primitives. */
export interface PrimitiveCounts {
  triangles: number;
  points: number;
  lines: number;
}

interface Prepared {
  /** Primitives with valid coordinates. */
  readonly counts: Readonly<PrimitiveCounts>;
}

export interface PreparedSurface extends Surface {
  /** The mesh is closed, so that its back faces are hidden; false if drafts were not requested. */
  readonly isWatertight: boolean;
  readonly detail: SurfaceDetail | undefined;
}

export interface PreparedVertices extends Vertices {
  /** Of a large cloud without indices. */
  readonly bounds?: VertexBounds;
}

export type PreparedMesh = Omit<Mesh, "surfaces" | "points"> &
  Prepared & {
    readonly surfaces: readonly PreparedSurface[];
    readonly points: PreparedVertices | undefined;
  };

export type PreparedPoints = Omit<Points, "vertices"> & Prepared & { readonly vertices: PreparedVertices };

/** The data of a file, ready to build three.js objects of. glTF is prepared afterwards, since its loader builds the objects. */
export type PreparedData = PreparedMesh | PreparedPoints | GltfScene;

/**
 * Prepares data for rendering: leaves out primitives with invalid coordinates, computes missing normals, and makes the levels of detail
 * of large surfaces.
 *
 * @throws LoadError if nothing is left to draw
 */
export function prepareData(
  data: FileData,
  { path, format, drafts }: { readonly path: string; readonly format: string; readonly drafts: boolean },
  report: ReportProgress,
): PreparedData {
  if (data.kind === "gltf") return data;
  const cleaner = new Cleaner();
  const prepared =
    data.kind === "points" ? preparePoints(data, cleaner) : prepareMesh(data, cleaner, drafts, report);
  const { counts, dropped } = cleaner;
  if (counts.triangles + counts.points + counts.lines === 0) {
    const reason =
      dropped > 0
        ? `none of its coordinates is a finite number below ${MAX_COORDINATE}: there is nothing to draw`
        : "there are no triangles, lines or points in it: there is nothing to draw";
    throw new LoadError(path, reason, { format });
  }
  if (dropped > 0) {
    data.warnings.push(
      `${dropped} triangles or points have coordinates that are not finite numbers and are left out`,
    );
  }
  return prepared;
}

/** Removes invalid coordinates and counts primitives. */
class Cleaner {
  readonly counts: PrimitiveCounts = { triangles: 0, points: 0, lines: 0 };
  dropped = 0;

  /** @returns whether there is something to draw */
  clean(vertices: Vertices, kind: keyof PrimitiveCounts): boolean {
    const { positions, indices, colors } = vertices;
    const size = kind === "triangles" ? 3 : kind === "lines" ? 2 : 1;
    const dropped = collapseInvalid(positions, indices, size);
    if (colors !== undefined) replaceNonFinite(colors);
    const primitives = Math.floor((indices?.length ?? positions.length / 3) / size) - dropped;
    this.dropped += dropped;
    this.counts[kind] += Math.max(0, primitives);
    return primitives > 0;
  }
}

function preparePoints(data: Points, cleaner: Cleaner): PreparedPoints {
  cleaner.clean(data.vertices, "points");
  return { ...data, vertices: boundPoints(data.vertices), counts: cleaner.counts };
}

/** Computes the bounds of a large cloud, which takes 0.3 s for 100 million points. */
function boundPoints(vertices: Vertices): PreparedVertices {
  const { positions, indices } = vertices;
  if (indices !== undefined || positions.length < 3 * LARGE_CLOUD_POINTS) return vertices;
  return { ...vertices, bounds: boundVertices(positions) };
}

function prepareMesh(data: Mesh, cleaner: Cleaner, drafts: boolean, report: ReportProgress): PreparedMesh {
  const drawn = data.surfaces.filter((surface) => cleaner.clean(surface, "triangles"));
  const { lines, points } = data;
  // Back faces are separated only where the material is ours.
  const watertight = drafts && data.surfaces.every(({ material }) => material === undefined);
  computeSharedNormals(drawn);
  const surfaces = withJointNormals(drawn);
  const total = surfaces.reduce((sum, { positions }) => sum + positions.length, 0);
  let done = 0;
  const prepare = (surface: Surface): PreparedSurface => {
    const [start, share] = [done / total, surface.positions.length / total];
    done += surface.positions.length;
    return prepareSurface(surface, { drafts, watertight }, (phase, fraction) =>
      report(phase, start + share * fraction),
    );
  };
  return {
    ...data,
    surfaces: surfaces.map(prepare),
    lines: lines && cleaner.clean(lines, "lines") ? lines : undefined,
    points: points && cleaner.clean(points, "points") ? boundPoints(points) : undefined,
    counts: cleaner.counts,
  };
}

/** Replaces NaN normals, in place, by normals that are smooth across surfaces. */
function computeSharedNormals(surfaces: readonly Surface[]): void {
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

/** Computes the normals of several indexed surfaces together, so that there is no seam between materials. */
function withJointNormals(surfaces: readonly Surface[]): readonly Surface[] {
  const parts = surfaces.flatMap(({ positions, indices, normals, flat }) =>
    normals === undefined && flat !== true && indices !== undefined ? [{ positions, indices, start: 0 }] : [],
  );
  // Surfaces that share vertices, such as the faces and strips of a PLY, are not joined.
  if (parts.length < 2 || new Set(parts.map(({ positions }) => positions)).size < parts.length)
    return surfaces;
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
    if (part === undefined || surface.positions !== part.positions) return surface;
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
): Surface {
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
    ...surface,
    indices,
    normals,
    positions: appendVertices(surface.positions, 3, sources),
    colors: colors && appendVertices(colors, 3, sources),
    uvs: uvs && appendVertices(uvs, 2, sources),
  };
}

function prepareSurface(
  surface: Surface,
  { drafts, watertight }: { readonly drafts: boolean; readonly watertight: boolean },
  report: ReportProgress,
): PreparedSurface {
  const [indexed, distinct] = shareVertices(surface);
  const { normals, uvs, flat = false } = indexed;
  if (normals !== undefined) replaceNonFinite(normals);
  if (uvs !== undefined) replaceNonFinite(uvs);
  const wanted = { normals: normals === undefined && !flat, watertight };
  const analysis = analyzeSurface({ ...indexed, distinct }, wanted);
  const { sources, isWatertight } = analysis;
  const extend = (values: Float32Array | undefined, itemSize: number) =>
    values && appendVertices(values, itemSize, sources);
  const prepared = {
    ...indexed,
    positions: appendVertices(indexed.positions, 3, sources),
    normals: wanted.normals ? analysis.normals : normals,
    colors: extend(indexed.colors, 3),
    uvs: extend(uvs, 2),
    isWatertight,
  };
  return { ...prepared, detail: undefined, ...makeSurfaceDetail(prepared, drafts, report) };
}

/**
 * Gives a surface without indices, such as that of an STL file, vertices that its triangles share.
 *
 * @returns the surface, and whether no two of its vertices have the same position
 */
function shareVertices(surface: Surface): [surface: Surface, distinct: boolean] {
  const { positions, indices, normals, colors, uvs } = surface;
  if (indices !== undefined || normals !== undefined || colors !== undefined || uvs !== undefined)
    return [surface, false];
  const records = positions.length / 3;
  const bytes = new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength);
  return [{ ...surface, ...indexRecords({ bytes, stride: 12, perRecord: 1, records }) }, true];
}
