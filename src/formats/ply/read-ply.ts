import type { Mesh, Points, Surface } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { TextureReader } from "../texture-reader.ts";
import { dataArrays } from "./ply-arrays.ts";
import { readAsciiRows } from "./ply-ascii.ts";
import { readBinaryRows } from "./ply-binary.ts";
import { bindPlyColumns, type PlyBindings } from "./ply-bindings.ts";
import { linearColors } from "./ply-colors.ts";
import { NO_INDEX } from "./ply-columns.ts";
import { type Triangles, trianglesOfStrips, triangulateFaces } from "./ply-faces.ts";
import { MAX_PLY_HEADER_BYTES, minRowBytes, type PlyHeader, parsePlyHeader } from "./ply-header.ts";
import { indexedSurface, type SharedVertices, texturedSurfaces, untexturedSurface } from "./ply-surfaces.ts";

/**
 * Reads PLY, ASCII or binary: faces, triangle strips and edges, or a point cloud if it has none of these, with colors
 * and textures. A truncated file is read up to its last complete row, with a warning.
 *
 * @throws LoadError
 */
export async function readPly(context: ReadContext): Promise<Mesh | Points> {
  const { path, source } = context;
  await source.fillTo(MAX_PLY_HEADER_BYTES);
  const header = parsePlyHeader(path, source.window, source.maxBytes);
  source.consume(header.bytes);
  return readPlyRows(context, header);
}

/** Reads the rows after the header. */
export async function readPlyRows(context: ReadContext, header: PlyHeader): Promise<Mesh | Points> {
  const { path, source } = context;
  const bindings = bindPlyColumns(header, source.maxBytes);
  if (header.encoding === "ascii") await readAsciiRows(path, source, header, bindings.tables);
  else await readBinaryRows(source, header, bindings.tables);
  const warnings: string[] = [];
  await checkRows(context, header, bindings, warnings);

  const { vertex, strips } = bindings;
  const { rows } = vertex.table;
  const vertices: SharedVertices = {
    positions: vertex.positions.finish(),
    normals: vertex.normals?.subarray(0, 3 * rows),
    colors: vertex.colors && linearColors(vertex.colors, rows),
    arrays: dataArrays(vertex.arrays, rows),
  };
  const { origin } = vertex.positions;
  const surfaces = await readFaces(context, header, bindings, vertices, warnings);
  if (strips !== undefined) {
    const { values, ends } = strips;
    const indices = trianglesOfStrips({ corners: values as Int32Array, ends }, rows);
    if (indices.length > 0) surfaces.push(indexedSurface(vertices, indices));
  }
  const segments = edgeIndices(bindings);
  if (vertex.colors?.splats) {
    warnings.push("these are Gaussian splats: shown as colored points, without their shapes and opacities");
  }
  const metadata = { origin, warnings };
  const { positions, colors, arrays } = vertices;
  const points = { positions, colors, arrays };
  if (surfaces.length === 0 && segments.length === 0)
    return { kind: "points", ...metadata, vertices: points };
  const lines = segments.length > 0 ? { ...points, indices: segments } : undefined;
  return { kind: "mesh", ...metadata, surfaces, lines, points: undefined };
}

/**
 * Compares the rows that were read with those that the header declares, and warns of missing rows and of extra data.
 *
 * @throws LoadError if there is no vertex
 */
async function checkRows(
  { path, source }: ReadContext,
  { encoding }: PlyHeader,
  { tables, vertex }: PlyBindings,
  warnings: string[],
): Promise<void> {
  if (vertex.table.rows === 0) {
    const reason = `the file ends before the first of ${vertex.table.element.count} vertices: it is cut off; copy the file again`;
    throw new LoadError(path, reason, { format: "PLY" });
  }
  const truncated = tables.find(({ rows, element }) => rows < element.count);
  if (truncated === undefined) {
    const last = tables.at(-1)?.element ?? vertex.table.element;
    if (await hasRow(source, minRowBytes(last, encoding))) {
      warnings.push("the file has more data than its header declares; the rest is not shown");
    }
    return;
  }
  const { name, count } = truncated.element;
  const elements = name === "vertex" ? "vertices" : name === "face" ? "faces" : `"${name}" elements`;
  warnings.push(
    `the file ends after ${truncated.rows} of ${count} ${elements}: it is cut off or damaged, or its header is wrong; ` +
      "the part before is shown",
  );
}

/** Whether the rest of a file can contain a row of `rowBytes` or more. Trailing zeros and white space are padding. */
async function hasRow(source: FileSource, rowBytes: number): Promise<boolean> {
  let bytes = 0;
  let isPadding = true;
  for (;;) {
    const { window, isAtEnd } = source;
    isPadding &&= window.every((byte) => byte <= 32);
    bytes += window.length;
    if (!isPadding && bytes >= rowBytes) return true;
    if (isAtEnd) return false;
    source.consume(window.length);
    await source.fill();
  }
}

async function readFaces(
  { path, files }: ReadContext,
  header: PlyHeader,
  bindings: PlyBindings,
  vertices: SharedVertices,
  warnings: string[],
): Promise<Surface[]> {
  const { face, vertex } = bindings;
  if (face === undefined) return [];
  const { rows } = face.table;
  const hasUvs = face.uvs !== undefined || vertex.uvs !== undefined;
  const isPlain = face.colors === undefined && (!hasUvs || header.textureFiles.length === 0);
  if (isPlain && face.corners.areTrianglesBelow(vertex.table.rows)) {
    let start = 0;
    return face.corners.triangles.flatMap((indices) => {
      const [first, last] = [start, start + indices.length / 3];
      start = last;
      const cellArrays = dataArrays(face.arrays, rows)?.map((array) => ({
        ...array,
        values: array.values.subarray(first, last),
      }));
      return indices.length === 0 ? [] : { ...indexedSurface(vertices, indices), cellArrays };
    });
  }
  const triangles = triangulateFaces(face.corners, rows, vertices.positions, vertex.table.rows);
  reportFaces(path, rows, vertex.table.rows, triangles, warnings);
  if (triangles.index.length === 0) return [];
  const reader = new TextureReader(files, warnings);
  const images = [];
  for (const name of hasUvs ? header.textureFiles : []) images.push(await reader.read(name));
  return images.some((image) => image !== undefined)
    ? texturedSurfaces(vertices, bindings, face, triangles, images)
    : [untexturedSurface(vertices, face, triangles)];
}

/**
 * Warns of faces that were left out.
 *
 * @throws LoadError if half of the faces or more refer to vertices that do not exist
 */
function reportFaces(
  path: string,
  faces: number,
  vertices: number,
  { degenerate, invalid, missingVertex }: Triangles,
  warnings: string[],
): void {
  if (invalid > 0 && 2 * invalid >= faces - degenerate) {
    const vertexName =
      missingVertex === NO_INDEX ? "a vertex number that is not a 32-bit integer" : `vertex ${missingVertex}`;
    const reason = `a face uses ${vertexName}, but there are only ${vertices} vertices (numbered from 0): the file is damaged`;
    throw new LoadError(path, reason, { format: "PLY" });
  }
  if (invalid > 0) {
    warnings.push(`${invalid} of ${faces} faces use vertices that do not exist; left out`);
  }
  if (degenerate > 0)
    warnings.push(`${degenerate} of ${faces} faces have fewer than three corners; left out`);
}

/** Returns two vertex indices per edge. Edges with vertices that do not exist are left out. */
function edgeIndices({ edges, vertex }: PlyBindings): Uint32Array {
  if (edges === undefined) return new Uint32Array();
  const indices = new Uint32Array(2 * edges.table.rows);
  let used = 0;
  for (let row = 0; row < edges.table.rows; row += 1) {
    const a = edges.ends[2 * row] ?? -1;
    const b = edges.ends[2 * row + 1] ?? -1;
    if (![a, b].every((end) => Number.isInteger(end) && end >= 0 && end < vertex.table.rows)) continue;
    indices[used] = a;
    indices[used + 1] = b;
    used += 2;
  }
  return indices.subarray(0, used);
}
