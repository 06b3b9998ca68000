import { basename, extname } from "node:path";
import type { MeshPhongMaterial } from "three";
import { quote } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { MtlMaterials } from "./mtl-materials.ts";
import { type MtlMaterial, parseMtl, withoutComment } from "./mtl-parser.ts";
import { type NamedFile, NamedFileError, type NamedFiles } from "./named-files.ts";
import { buildObj } from "./obj-object.ts";
import { type ObjData, parseObj } from "./obj-parser.ts";
import { asciiCompatible, decodeText } from "./text-encoding.ts";

const MAX_MTL_BYTES = 16 * 2 ** 20;
const MAX_LIBRARIES = 64;
const MAX_NAMED_MISSING = 3;

/**
 * Reads OBJ, its MTL libraries and their textures.
 *
 * @throws LoadError with the line that is wrong
 */
export async function loadObj(path: string, bytes: Uint8Array, files: NamedFiles): Promise<ParsedFile> {
  const data = parseObj(path, asciiCompatible(bytes));
  const warnings = [...data.warnings];
  const materials = await loadMaterials(path, data, files, warnings);
  const object = buildObj(data, (name) => materials.get(name), warnings);
  return { object, animations: [], warnings, hasMaterials: materials.size > 0 ? "surfaces" : false };
}

/** The materials that the file uses, by the names that it uses. */
async function loadMaterials(
  path: string,
  data: ObjData,
  files: NamedFiles,
  warnings: string[],
): Promise<Map<string, MeshPhongMaterial>> {
  const found = new Map<string, { mtl: MtlMaterial; library: string }>();
  for (const { bytes, path: library } of readLibraries(path, data, files, warnings)) {
    for (const [name, mtl] of parseMtl(decodeText(asciiCompatible(bytes)))) {
      found.set(withoutComment(name), { mtl, library });
      found.set(name, { mtl, library });
    }
  }
  const used = new Map<string, MeshPhongMaterial>();
  if (found.size === 0) return used;
  const maker = new MtlMaterials(files, warnings);
  const made = new Map<MtlMaterial, MeshPhongMaterial>();
  const missing: string[] = [];
  for (const name of new Set(data.styles.map(({ material }) => material))) {
    if (name === undefined) continue;
    const definition = found.get(name) ?? found.get(withoutComment(name));
    if (definition === undefined) {
      missing.push(quote(name));
      continue;
    }
    const { mtl, library } = definition;
    const material = made.get(mtl) ?? (await maker.make(mtl, library));
    made.set(mtl, material);
    used.set(name, material);
  }
  if (missing.length > 0) {
    const more = missing.length > MAX_NAMED_MISSING ? ` and ${missing.length - MAX_NAMED_MISSING} more` : "";
    const names = missing.slice(0, MAX_NAMED_MISSING).join(", ");
    warnings.push(`no material library has the material ${names}${more}: default material instead`);
  }
  return used;
}

function readLibraries(
  path: string,
  { libraries, styles }: ObjData,
  files: NamedFiles,
  warnings: string[],
): NamedFile[] {
  const read: NamedFile[] = [];
  const failures: string[] = [];
  const names = libraries.flatMap((text) => libraryNames(text, files)).slice(0, MAX_LIBRARIES);
  for (const name of names) {
    try {
      read.push(files.read(name, MAX_MTL_BYTES));
    } catch (error) {
      if (!(error instanceof NamedFileError)) throw error;
      failures.push(error.message);
    }
  }
  const wanted = styles.some(({ material }) => material !== undefined);
  if (read.length === 0 && wanted) {
    const own = `${basename(path, extname(path))}.mtl`;
    try {
      read.push(files.read(own, MAX_MTL_BYTES));
      const reason = failures[0] ?? "the file names no material library";
      warnings.push(`${reason}; ${quote(own)}, which has the file's own name, is used instead`);
      return read;
    } catch (error) {
      if (!(error instanceof NamedFileError)) throw error;
    }
  }
  for (const failure of failures) warnings.push(`material library ${failure}: default materials instead`);
  return read;
}

/** "mtllib a.mtl b.mtl" names two files, unless there is one whose name has a space in it. */
function libraryNames(text: string, files: NamedFiles): string[] {
  const isThere = (name: string): boolean => {
    try {
      files.read(name, MAX_MTL_BYTES);
      return true;
    } catch {
      return false;
    }
  };
  const name = withoutComment(text);
  const whole = [text, name].find(isThere);
  if (whole !== undefined) return [whole];
  const several = name.match(/"[^"]+"|\S+/g) ?? [];
  return several.every((part) => /\.mtl"?$/i.test(part)) ? several : [name];
}
