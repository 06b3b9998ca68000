import type {
  FileData,
  GltfScene,
  Mesh,
  Molecule,
  Overlay,
  Points,
  Streamlines,
  Surface,
  Vertices,
  Volume,
} from "../formats/data-kinds.ts";
import { collapseInvalid, replaceNonFinite } from "../geometry/collapse-invalid.ts";
import { analyzeSurface, appendVertices, boundVertices, type VertexBounds } from "../native/mesh-kernels.ts";
import { indexTriangles } from "../native/mesh-records.ts";
import { computeMissingNormals, withJointNormals } from "./joint-normals.ts";
import { PRIMITIVE_VERTICES, PrimitiveCounter, type PrimitiveCounts } from "./primitive-counter.ts";
import type { ReportProgress } from "./read-data.ts";
import { makeSurfaceDetail, type SurfaceDetail } from "./surface-detail.ts";

/** Minimum number of points of a large cloud. */
const LARGE_CLOUD_POINTS = 50_000;

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

export type PreparedStreamlines = Streamlines & Prepared;
export type PreparedVolume = Volume & Prepared;
export type PreparedMolecule = Molecule & Prepared;

/** The data of a file, ready to build three.js objects of. glTF is prepared afterwards, since its loader builds the objects. */
export type PreparedData =
  | PreparedMesh
  | PreparedPoints
  | PreparedStreamlines
  | PreparedVolume
  | PreparedMolecule
  | GltfScene;

/**
 * Prepares data for rendering: leaves out primitives with invalid coordinates, computes missing normals, and makes the levels of detail
 * of large surfaces.
 *
 * @throws LoadError if nothing is left to draw
 */
export function prepareData(
  data: Exclude<FileData, Overlay>,
  { path, format, drafts }: { readonly path: string; readonly format: string; readonly drafts: boolean },
  report: ReportProgress,
): PreparedData {
  if (data.kind === "gltf") return data;
  if (data.kind === "volume" || data.kind === "molecule" || data.kind === "streamlines") {
    return { ...data, counts: { triangles: 0, points: 0, lines: 0 } };
  }
  const counter = new PrimitiveCounter();
  const prepared =
    data.kind === "points" ? preparePoints(data, counter) : prepareMesh(data, counter, drafts, report);
  counter.check(path, format, data.warnings);
  return prepared;
}

/** Removes invalid coordinates. @returns whether there is something to draw */
function clean(vertices: Vertices, kind: keyof PrimitiveCounts, counter: PrimitiveCounter): boolean {
  const { positions, indices, colors } = vertices;
  const dropped = collapseInvalid(positions, indices, PRIMITIVE_VERTICES[kind]);
  if (colors !== undefined) replaceNonFinite(colors);
  return counter.add(kind, indices?.length ?? positions.length / 3, dropped);
}

function preparePoints(data: Points, counter: PrimitiveCounter): PreparedPoints {
  clean(data.vertices, "points", counter);
  return { ...data, vertices: boundPoints(data.vertices), counts: counter.counts };
}

/** Computes the bounds of a large cloud, which takes 0.3 s for 100 million points. */
function boundPoints(vertices: Vertices): PreparedVertices {
  const { positions, indices } = vertices;
  if (indices !== undefined || positions.length < 3 * LARGE_CLOUD_POINTS) return vertices;
  return { ...vertices, bounds: boundVertices(positions) };
}

function prepareMesh(
  data: Mesh,
  counter: PrimitiveCounter,
  drafts: boolean,
  report: ReportProgress,
): PreparedMesh {
  const drawn = data.surfaces.filter((surface) => clean(surface, "triangles", counter));
  const { lines, points } = data;
  // Back faces are separated only where the material is ours.
  const watertight = drafts && data.surfaces.every(({ material }) => material === undefined);
  computeMissingNormals(drawn);
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
    lines: lines && clean(lines, "lines", counter) ? lines : undefined,
    points: points && clean(points, "points", counter) ? boundPoints(points) : undefined,
    counts: counter.counts,
  };
}

function prepareSurface(
  surface: Surface,
  { drafts, watertight }: { readonly drafts: boolean; readonly watertight: boolean },
  report: ReportProgress,
): PreparedSurface {
  const indexed = shareVertices(surface);
  const { normals, uvs, flat = false } = indexed;
  if (normals !== undefined) replaceNonFinite(normals);
  if (uvs !== undefined) replaceNonFinite(uvs);
  const wanted = { normals: normals === undefined && !flat, watertight };
  const analysis = analyzeSurface(indexed, wanted);
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

/** Gives a surface without indices, such as that of an ASCII STL file, vertices that its triangles share. */
function shareVertices(surface: Surface): Surface {
  const { positions, indices, normals, colors, uvs } = surface;
  if (indices !== undefined || normals !== undefined || colors !== undefined || uvs !== undefined)
    return surface;
  return { ...surface, ...indexTriangles(positions) };
}
