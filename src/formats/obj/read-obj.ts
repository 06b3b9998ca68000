import { basename, extname } from "node:path";
import type { Mesh, Points, SurfaceMaterial } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { quote } from "../load-error.ts";
import { type ReferencedFile, ReferencedFileError, type ReferencedFiles } from "../referenced-files.ts";
import { decodeText, toAsciiCompatible } from "../text-encoding.ts";
import { type MtlMaterial, parseMtl, stripComment } from "./mtl-parser.ts";
import type { ObjData } from "./obj-data.ts";
import { MAX_LIBRARIES, parseObj } from "./obj-parser.ts";
import { objLines, objPoints, objSurfaces } from "./obj-surfaces.ts";
import { ObjVertices } from "./obj-vertices.ts";

const MAX_MTL_BYTES = 16 * 2 ** 20;
/** Maximum number of missing materials that a warning lists. */
const MAX_LISTED_MISSING = 3;

/**
 * Reads OBJ, its MTL libraries and their textures. A file that has only vertices is a point cloud.
 *
 * @throws LoadError with the line number of the defect
 */
export async function readObj({ path, source, files }: ReadContext): Promise<Mesh | Points> {
  const data = await parseObj(path, source);
  const warnings = [...data.warnings];
  const byName = await readMaterials(path, data, files, warnings);
  const materials = data.styles.map(({ material }) =>
    material === undefined ? undefined : byName.get(material),
  );
  const { origin, faces, lines, points } = data;
  const vertices = new ObjVertices(data);
  const metadata = { origin, warnings };
  if (faces.count + lines.styles.length + points.styles.length === 0) {
    const colors = vertices.colorsAt(undefined, () => undefined);
    return { kind: "points", ...metadata, vertices: { positions: data.positions, colors } };
  }
  return {
    kind: "mesh",
    ...metadata,
    surfaces: objSurfaces(data, vertices, materials, warnings),
    lines: objLines(data, vertices, materials),
    points: objPoints(data, vertices, materials),
  };
}

/** Reads the materials that the file uses, keyed by their `usemtl` name. */
async function readMaterials(
  path: string,
  data: ObjData,
  files: ReferencedFiles,
  warnings: string[],
): Promise<Map<string, SurfaceMaterial>> {
  const definitions = new Map<string, { mtl: MtlMaterial; library: string }>();
  for (const { bytes, path: library } of readLibraries(path, data, files, warnings)) {
    for (const [name, mtl] of parseMtl(decodeText(toAsciiCompatible(bytes)))) {
      definitions.set(stripComment(name), { mtl, library });
      definitions.set(name, { mtl, library });
    }
  }
  const used = new Map<string, SurfaceMaterial>();
  if (definitions.size === 0) return used;
  const { MtlMaterials } = await import("./mtl-materials.ts");
  const materials = new MtlMaterials(files, warnings);
  const byDefinition = new Map<MtlMaterial, SurfaceMaterial>();
  const missing: string[] = [];
  for (const name of new Set(data.styles.map(({ material }) => material))) {
    if (name === undefined) continue;
    const definition = definitions.get(name) ?? definitions.get(stripComment(name));
    if (definition === undefined) {
      missing.push(quote(name));
      continue;
    }
    const { mtl, library } = definition;
    const material = byDefinition.get(mtl) ?? (await materials.make(mtl, library));
    byDefinition.set(mtl, material);
    used.set(name, material);
  }
  if (missing.length > 0) {
    const more =
      missing.length > MAX_LISTED_MISSING ? ` and ${missing.length - MAX_LISTED_MISSING} more` : "";
    const names = missing.slice(0, MAX_LISTED_MISSING).join(", ");
    warnings.push(`no material library defines ${names}${more}; shown with the default material`);
  }
  return used;
}

function readLibraries(
  path: string,
  { libraries, styles }: ObjData,
  files: ReferencedFiles,
  warnings: string[],
): ReferencedFile[] {
  const results: (ReferencedFile | ReferencedFileError)[] = [];
  for (const names of libraries) results.push(...openLibraries(names, files, MAX_LIBRARIES - results.length));
  const failures = results.filter((result) => result instanceof ReferencedFileError);
  const read = results.filter((result): result is ReferencedFile => !(result instanceof ReferencedFileError));
  const usesMaterials = styles.some(({ material }) => material !== undefined);
  if (read.length === 0 && usesMaterials) {
    const sameNameLibrary = `${basename(path, extname(path))}.mtl`;
    const library = openLibrary(sameNameLibrary, files);
    if (!(library instanceof ReferencedFileError)) {
      const reason = failures[0]?.message ?? "the file has no mtllib statement";
      warnings.push(
        `${reason}; ${quote(sameNameLibrary)}, which has the name of the OBJ file, is used instead`,
      );
      return [library];
    }
  }
  for (const { message } of failures) {
    warnings.push(`material library ${message}; shown with default materials`);
  }
  return read;
}

/** Opens the libraries of one `mtllib` statement. "a.mtl b.mtl" means two files, unless one file has that name. */
function openLibraries(
  names: string,
  files: ReferencedFiles,
  limit: number,
): (ReferencedFile | ReferencedFileError)[] {
  if (limit <= 0) return [];
  const withoutComment = stripComment(names);
  for (const name of new Set([names, withoutComment])) {
    const library = openLibrary(name, files);
    if (!(library instanceof ReferencedFileError)) return [library];
  }
  const parts = withoutComment.match(/"[^"]+"|\S+/g) ?? [];
  const isList = parts.every((part) => /\.mtl"?$/i.test(part));
  return (isList ? parts.slice(0, limit) : [withoutComment]).map((name) => openLibrary(name, files));
}

function openLibrary(name: string, files: ReferencedFiles): ReferencedFile | ReferencedFileError {
  try {
    return files.read(name, MAX_MTL_BYTES);
  } catch (error) {
    if (error instanceof ReferencedFileError) return error;
    throw error;
  }
}
