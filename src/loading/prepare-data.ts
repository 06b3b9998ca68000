import type { Mesh, Points, Surface, Vertices } from "../formats/data-kinds.ts";
import { collapseInvalid, replaceNonFinite } from "../geometry/collapse-invalid.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { MeshStyle, MoleculeStyle } from "../layers/layer-properties.ts";
import { analyzeSurface, appendVertices, boundVertices } from "../native/mesh-kernels.ts";
import { indexTriangles } from "../native/mesh-records.ts";
import { shareArray } from "../native/shared-array.ts";
import { cellEdges } from "./cell-edges.ts";
import type { ChosenScalars, ElementScalars } from "./choose-scalars.ts";
import { computeMissingNormals, type SurfacePart, withJointNormals } from "./joint-normals.ts";
import { lineScalars } from "./line-scalars.ts";
import type { ReportProgress } from "./load-phase.ts";
import { moleculeMesh } from "./molecule/molecule-mesh.ts";
import { prepareGltf } from "./prepare-gltf.ts";
import { prepareStreamlines } from "./prepare-streamlines.ts";
import { prepareVolume } from "./prepare-volume.ts";
import type {
  LayerData,
  PreparedData,
  PreparedMesh,
  PreparedPoints,
  PreparedSurface,
  PreparedVertices,
} from "./prepared-data.ts";
import { PRIMITIVE_VERTICES, PrimitiveCounter, type PrimitiveCounts } from "./primitive-counter.ts";
import { isLarge, makeSurfaceDetail } from "./surface-detail.ts";
import { vertexScalars } from "./vertex-scalars.ts";

/** Minimum number of points of a large cloud. */
const LARGE_CLOUD_POINTS = 50_000;

/** The surface whose levels of detail are made later; undefined if all surfaces have theirs. */
export function awaitingSurface(data: PreparedData): PreparedSurface | undefined {
  return data.kind === "mesh" ? data.surfaces.find(({ awaits }) => awaits !== undefined) : undefined;
}

export interface PrepareOptions {
  readonly path: string;
  /** Name of the format. */
  readonly format: string;
  readonly drafts: boolean;
  /** Whether a large surface may be returned before its levels of detail are made. Default: false. */
  readonly late?: boolean | undefined;
  /** Default: no values are shown. */
  readonly scalars?: ChosenScalars | undefined;
  /** Properties of the layer. Default: none. */
  readonly style?: LayerStyle | undefined;
}

/**
 * Prepares data for rendering: leaves out primitives with invalid coordinates, computes missing normals, and makes the levels of detail
 * of large surfaces.
 *
 * @throws LoadError if nothing is left to draw
 */
export function prepareData(data: LayerData, options: PrepareOptions, report: ReportProgress): PreparedData {
  if (data.kind === "gltf") return prepareGltf(data, options, report);
  if (data.kind === "streamlines") return prepareStreamlines(data);
  if (data.kind === "volume") {
    const { style = {} } = options;
    return prepareVolume(data, style, (mesh) => {
      const { opacity } = style as MeshStyle;
      return prepareMesh(
        mesh,
        new PrimitiveCounter(),
        { ...options, scalars: undefined, style: { opacity } },
        report,
      );
    });
  }
  if (data.kind === "molecule") {
    const { mesh, colors } = moleculeMesh(data, (options.style ?? {}) as MoleculeStyle);
    const counter = new PrimitiveCounter();
    const prepared = prepareMesh(mesh, counter, { ...options, style: {} }, report);
    return { ...data, mesh: prepared, scale: colors.scale, counts: counter.counts };
  }
  const counter = new PrimitiveCounter();
  const prepared =
    data.kind === "points"
      ? preparePoints(data, counter, options)
      : prepareMesh(data, counter, options, report);
  counter.check(options.path, options.format, data.warnings);
  return prepared;
}

/** Removes invalid coordinates. @returns whether there is something to draw */
function clean(vertices: Vertices, kind: keyof PrimitiveCounts, counter: PrimitiveCounter): boolean {
  const { positions, indices, colors } = vertices;
  const dropped = collapseInvalid(positions, indices, PRIMITIVE_VERTICES[kind]);
  if (colors !== undefined) replaceNonFinite(colors);
  return counter.add(kind, indices?.length ?? positions.length / 3, dropped);
}

function preparePoints(data: Points, counter: PrimitiveCounter, { scalars }: PrepareOptions): PreparedPoints {
  const vertices = preparePart(data.vertices, "points", counter, scalars) ?? data.vertices;
  return { ...data, vertices, counts: counter.counts };
}

/** @returns undefined if nothing is drawn */
function preparePart(
  vertices: Vertices,
  kind: "lines" | "points",
  counter: PrimitiveCounter,
  chosen: ChosenScalars | undefined,
): PreparedVertices | undefined {
  if (!clean(vertices, kind, counter)) return undefined;
  const layers = chosen?.surfaces.get(vertices) ?? [];
  if (kind === "lines") {
    const prepared = lineScalars(vertices, layers);
    return { ...prepared.vertices, scalars: prepared.scalars };
  }
  const scalars = layers
    .filter(({ of }) => of === "points")
    .map((layer) => ({ ...layer, flat: layer.field.labels !== undefined }));
  return { ...boundPoints(vertices), scalars };
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
  { drafts, late = false, scalars, style: layerStyle = {} }: PrepareOptions,
  report: ReportProgress,
): PreparedMesh {
  const drawn = data.surfaces.filter((surface) => clean(surface, "triangles", counter));
  const { lines, points } = data;
  // Back faces are separated only where the material is ours.
  const style = layerStyle as MeshStyle;
  const isOpaque = style.clip === undefined && (style.opacity ?? 1) === 1;
  const watertight = drafts && isOpaque && data.surfaces.every(({ material }) => material === undefined);
  computeMissingNormals(drawn);
  const joint = withJointNormals(drawn);
  const layersOf = (i: number) => scalars?.surfaces.get(drawn[i] ?? { positions: new Float32Array() }) ?? [];
  const total = joint.reduce((sum, { surface: { positions } }) => sum + positions.length, 0);
  let done = 0;
  const prepare = ({ surface, sources }: SurfacePart, i: number): PreparedSurface => {
    const [start, share] = [done / total, surface.positions.length / total];
    done += surface.positions.length;
    return prepareSurface(
      surface,
      sources,
      layersOf(i),
      // With one surface, no other one has the same arrays.
      { drafts, late: late && joint.length === 1, watertight, ...style },
      (phase, fraction) => report(phase, start + share * fraction),
    );
  };
  return {
    ...data,
    surfaces: joint.map(prepare),
    lines: lines && preparePart(lines, "lines", counter, scalars),
    points: points && preparePart(points, "points", counter, scalars),
    counts: counter.counts,
  };
}

/** @param jointSources vertices of the file that were copied for joint normals */
function prepareSurface(
  surface: Surface,
  jointSources: Uint32Array,
  layers: readonly ElementScalars[],
  {
    drafts,
    late,
    watertight,
    edges,
    flat: flatStyle,
  }: { drafts: boolean; late: boolean; watertight: boolean } & MeshStyle,
  report: ReportProgress,
): PreparedSurface {
  const indexed = shareVertices(flatStyle ? { ...surface, flat: true, normals: undefined } : surface);
  const { normals, uvs, flat = false } = indexed;
  // Before vertices are appended, which would separate the edges of neighboring triangles.
  const ofCells = edges ? cellEdges(indexed) : undefined;
  if (normals !== undefined) replaceNonFinite(normals);
  if (uvs !== undefined) replaceNonFinite(uvs);
  const hasHoles = layers.some(({ discards }) => discards);
  const { cells, cellArrays } = indexed;
  const isPlain = layers.length === 0 && !edges && cells === undefined && cellArrays === undefined;
  const isLate = late && drafts && isPlain && isLarge(indexed);
  const wanted = { normals: normals === undefined && !flat, watertight: watertight && !hasHoles && !isLate };
  const { sources, isWatertight, ...analysis } = analyzeSurface(indexed, wanted);
  const separated = extendSurface({ ...indexed, normals: undefined }, sources);
  // A surface with joint normals has all of its normals, so that there are no other sources.
  const copied = jointSources.length > 0 ? jointSources : sources;
  const { scalars, copies } = vertexScalars(separated, layers, copied);
  const complete = { ...separated, normals: wanted.normals ? analysis.normals : normals };
  const prepared = {
    ...extendSurface(complete, copies),
    scalars,
    isWatertight,
    edges: ofCells,
    sources: joined(copied, copies),
  };
  const detailed = {
    ...prepared,
    detail: undefined,
    ...makeSurfaceDetail(prepared, drafts && !isLate, report),
  };
  return isLate ? { ...shared(detailed), awaits: { watertight } } : detailed;
}

/** Moves the arrays that `makeLateDetail` needs to shared memory. */
function shared(surface: PreparedSurface): PreparedSurface {
  const { positions, indices, normals } = surface;
  return {
    ...surface,
    positions: shareArray(positions),
    indices: indices && shareArray(indices),
    normals: normals && shareArray(normals),
  };
}

function joined(a: Uint32Array, b: Uint32Array): Uint32Array {
  const all = new Uint32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Appends copies of vertices. */
function extendSurface(surface: Surface, copies: Uint32Array): Surface {
  const extend = (values: Float32Array | undefined, itemSize: number) =>
    values && appendVertices(values, itemSize, copies);
  const { positions, normals, colors, uvs } = surface;
  return {
    ...surface,
    positions: appendVertices(positions, 3, copies),
    normals: extend(normals, 3),
    colors: extend(colors, 3),
    uvs: extend(uvs, 2),
  };
}

/** Gives a surface without indices, such as that of an ASCII STL file, vertices that its triangles share. */
function shareVertices(surface: Surface): Surface {
  const { positions, indices, normals, colors, uvs, arrays } = surface;
  if ([indices, normals, colors, uvs, arrays].some((values) => values !== undefined)) return surface;
  return { ...surface, ...indexTriangles(positions) };
}
