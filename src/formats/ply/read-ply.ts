import { BufferAttribute, BufferGeometry, Group, LineSegments, Mesh, Points } from "three";
import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { ParsedFile } from "../../scene/loaded-file.ts";
import { LoadError } from "../load-error.ts";
import type { ReferencedFiles } from "../referenced-files.ts";
import { readAsciiRows } from "./ply-ascii.ts";
import { readBinaryRows } from "./ply-binary.ts";
import { bindPlyColumns, type PlyBindings } from "./ply-bindings.ts";
import { linearColors } from "./ply-colors.ts";
import { NO_INDEX } from "./ply-columns.ts";
import { type Triangles, trianglesOfStrips, triangulateFaces } from "./ply-faces.ts";
import { minRowBytes, type PlyHeader, parsePlyHeader } from "./ply-header.ts";
import { indexedGeometry, plainMesh, texturedMeshes } from "./ply-surfaces.ts";
import { readTextures } from "./ply-texture.ts";

/**
 * Reads PLY, ASCII or binary: faces, triangle strips and edges, or a point cloud if it has none of these, with colours
 * and textures. A truncated file is read up to its last complete row, with a warning.
 *
 * @throws LoadError
 */
export async function loadPly(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  files: ReferencedFiles,
): Promise<ParsedFile> {
  const header = parsePlyHeader(path, bytes, bytes.byteLength);
  const bindings = bindPlyColumns(header, bytes.byteLength);
  const end =
    header.encoding === "ascii"
      ? readAsciiRows(path, bytes, header, bindings.tables)
      : readBinaryRows(bytes, header, bindings.tables);
  const warnings: string[] = [];
  checkRows(path, header, bindings, bytes.subarray(end), warnings);

  const vertices = bindings.vertex.table.rows;
  const positions = bindings.vertex.positions.subarray(0, 3 * vertices);
  const origin = coordinateOrigin(positions);
  const shared = sharedGeometry(bindings, relativeTo(origin, positions));
  const object = new Group();
  object.position.copy(origin);
  const textured = await addFaces(path, header, bindings, shared, object, files, warnings);
  if (bindings.strips !== undefined) {
    const { values, ends } = bindings.strips;
    const index = trianglesOfStrips({ corners: values as Int32Array, ends }, vertices);
    if (index.length > 0) object.add(new Mesh(indexedGeometry(shared, index)));
  }
  const lines = edgeIndex(bindings);
  if (lines.length > 0) object.add(new LineSegments(indexedGeometry(shared, lines)));
  if (object.children.length === 0) object.add(new Points(shared));
  if (bindings.vertex.colors?.splats) {
    warnings.push("these are Gaussian splats: shown as coloured points, without their shapes and opacities");
  }
  return { object, animations: [], warnings, hasMaterials: textured && "surfaces" };
}

/**
 * Compares the rows that were read with those that the header declares, and warns of missing rows and of extra data.
 *
 * @param rest the bytes after the last row
 * @throws LoadError if there is no vertex
 */
function checkRows(
  path: string,
  { encoding }: PlyHeader,
  { tables, vertex }: PlyBindings,
  rest: Uint8Array,
  warnings: string[],
): void {
  if (vertex.table.rows === 0) {
    const reason = `the file ends before the first of ${vertex.table.element.count} vertices: it is cut off; copy the file again`;
    throw new LoadError(path, reason, { format: "PLY" });
  }
  const truncated = tables.find(({ rows, element }) => rows < element.count);
  if (truncated === undefined) {
    const last = tables.at(-1)?.element ?? vertex.table.element;
    // Trailing zeros and white space are padding.
    if (rest.byteLength >= minRowBytes(last, encoding) && rest.some((byte) => byte > 32)) {
      warnings.push("the file has more data than its header declares; the rest is not shown");
    }
    return;
  }
  const { name, count } = truncated.element;
  const things = name === "vertex" ? "vertices" : name === "face" ? "faces" : `"${name}" elements`;
  warnings.push(
    `the file ends after ${truncated.rows} of ${count} ${things}: it is cut off or damaged, or its header is wrong; ` +
      "the part before is shown",
  );
}

/** The vertex attributes that faces, strips, edges and points share: positions, normals and colours. */
function sharedGeometry({ vertex }: PlyBindings, positions: Float32Array): BufferGeometry {
  const { rows } = vertex.table;
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  if (vertex.normals !== undefined) {
    geometry.setAttribute("normal", new BufferAttribute(vertex.normals.subarray(0, 3 * rows), 3));
  }
  if (vertex.colors !== undefined) {
    geometry.setAttribute("color", new BufferAttribute(linearColors(vertex.colors, rows), 3));
  }
  return geometry;
}

/**
 * Adds the meshes of the faces to `object`.
 *
 * @returns whether they have textures, and so materials of their own
 */
async function addFaces(
  path: string,
  header: PlyHeader,
  bindings: PlyBindings,
  shared: BufferGeometry,
  object: Group,
  files: ReferencedFiles,
  warnings: string[],
): Promise<boolean> {
  const { face, vertex } = bindings;
  if (face === undefined) return false;
  const { rows } = face.table;
  const polygons = { corners: face.corners.values as Int32Array, ends: face.corners.ends.subarray(0, rows) };
  const positions = shared.getAttribute("position").array;
  const triangles = triangulateFaces(polygons, positions, vertex.table.rows);
  reportFaces(path, rows, vertex.table.rows, triangles, warnings);
  if (triangles.index.length === 0) return false;
  const hasCoordinates = face.uvs !== undefined || vertex.uvs !== undefined;
  const textures = hasCoordinates ? await readTextures(header.textureFiles, files, warnings) : [];
  if (textures.every((texture) => texture === undefined)) {
    object.add(plainMesh(shared, face, triangles));
    return false;
  }
  object.add(...texturedMeshes(shared, bindings, face, triangles, textures));
  return true;
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
    const which =
      missingVertex === NO_INDEX ? "a vertex number that is not a 32-bit integer" : `vertex ${missingVertex}`;
    const reason = `a face uses ${which}, but there are only ${vertices} vertices (numbered from 0): the file is damaged`;
    throw new LoadError(path, reason, { format: "PLY" });
  }
  if (invalid > 0) {
    warnings.push(`${invalid} of ${faces} faces use vertices that do not exist; left out`);
  }
  if (degenerate > 0)
    warnings.push(`${degenerate} of ${faces} faces have fewer than three corners; left out`);
}

/** Line segment index: two vertices per edge. Edges at vertices that do not exist are left out. */
function edgeIndex({ edges, vertex }: PlyBindings): Uint32Array {
  if (edges === undefined) return new Uint32Array();
  const index = new Uint32Array(2 * edges.table.rows);
  let used = 0;
  for (let row = 0; row < edges.table.rows; row += 1) {
    const a = edges.ends[2 * row] ?? -1;
    const b = edges.ends[2 * row + 1] ?? -1;
    if (![a, b].every((end) => Number.isInteger(end) && end >= 0 && end < vertex.table.rows)) continue;
    index[used] = a;
    index[used + 1] = b;
    used += 2;
  }
  return index.subarray(0, used);
}
