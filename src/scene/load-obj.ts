import {
  type DataTexture,
  DoubleSide,
  type Group,
  Mesh,
  type MeshPhongMaterial,
  SRGBColorSpace,
} from "three";
import type { MTLLoader } from "three/examples/jsm/loaders/MTLLoader.js";
import { decodeImage } from "./decode-image.ts";
import { LoadError, quote } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { NamedFileError, type NamedFiles } from "./named-files.ts";
import { quietly } from "./quietly.ts";
import { textureOf } from "./texture-image.ts";

type MaterialCreator = MTLLoader.MaterialCreator;

const MAX_MTL_BYTES = 16 * 2 ** 20;
/** From this many objects on, those that look alike are joined. */
const MAX_OBJECTS = 64;
const MAX_IMAGE_BYTES = 256 * 2 ** 20;

/**
 * Reads OBJ with three's OBJLoader, its MTL libraries and their textures from the same directory or below.
 *
 * @throws LoadError with the line that is wrong
 */
export async function loadObj(path: string, bytes: Uint8Array, files: NamedFiles): Promise<ParsedFile> {
  const { OBJLoader } = await import("three/examples/jsm/loaders/OBJLoader.js");
  const text = new TextDecoder().decode(bytes).replaceAll("\0", "");
  const warnings: string[] = [];
  const loader = new OBJLoader();
  const materials = await loadMaterials(files, text, warnings);
  if (materials !== undefined) loader.setMaterials(materials);

  const { result: object, messages } = quietly(() => loader.parse(text));
  const strange = messages.map((message) => /Unexpected line: "(.*)"$/s.exec(message)?.[1]).find(Boolean);
  if (strange !== undefined) warnings.push(`${quote(strange)} is not OBJ and was skipped`);

  const hasNormals = /^[ \t]*vn[ \t]/m.test(text);
  object.traverse((child) => {
    if (!("geometry" in child)) return;
    const geometry = child.geometry as import("three").BufferGeometry;
    // three makes flat normals where a file has none; prepareObject makes better ones.
    if (!hasNormals) geometry.deleteAttribute("normal");
    const position = geometry.getAttribute("position");
    if (hasNaN(position.array)) findBadLine(path, text);
  });
  if (object.children.length > MAX_OBJECTS) await mergeMeshes(object);
  return { object, animations: [], warnings, hasMaterials: materials !== undefined };
}

/** Joins meshes that look alike: atlases come in thousands of groups, each of which would be drawn by itself. */
async function mergeMeshes(root: Group): Promise<void> {
  const { mergeGeometries } = await import("three/examples/jsm/utils/BufferGeometryUtils.js");
  const alike = new Map<string, Mesh[]>();
  for (const child of root.children) {
    if (!("isMesh" in child)) continue;
    const mesh = child as Mesh;
    if (Array.isArray(mesh.material)) continue;
    const key = [mesh.material.uuid, ...Object.keys(mesh.geometry.attributes)].join();
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [mesh]);
    else others.push(mesh);
  }
  const kept = new Set(root.children);
  for (const meshes of alike.values()) {
    const [first] = meshes;
    if (first === undefined || meshes.length === 1) continue;
    for (const mesh of meshes) kept.delete(mesh);
    kept.add(new Mesh(mergeGeometries(meshes.map((mesh) => mesh.geometry)), first.material));
  }
  // Removing one by one takes a search through all for each.
  root.clear();
  for (const child of kept) root.add(child);
}

function hasNaN(array: ArrayLike<number>): boolean {
  for (let i = 0; i < array.length; i += 1) if (Number.isNaN(array[i])) return true;
  return false;
}

async function loadMaterials(
  files: NamedFiles,
  text: string,
  warnings: string[],
): Promise<MaterialCreator | undefined> {
  const names = new Set<string>();
  for (const match of text.matchAll(/^[ \t]*mtllib[ \t]+([^\r\n]+)/gm))
    if (names.size < 64) names.add((match[1] ?? "").trim());
  if (names.size === 0) return undefined;
  const { MTLLoader } = await import("three/examples/jsm/loaders/MTLLoader.js");
  let combined = "";
  for (const name of names) {
    for (const part of libraryNames(files, name)) {
      try {
        combined += `${new TextDecoder().decode(files.read(part, MAX_MTL_BYTES).bytes)}\n`;
      } catch (error) {
        if (!(error instanceof NamedFileError)) throw error;
        warnings.push(`material library ${error.message}: default materials instead`);
      }
    }
  }
  if (combined === "") return undefined;
  return createMaterials(files, new MTLLoader(), combined, warnings);
}

/** "mtllib a.mtl b.mtl" names two files, unless there is one whose name has a space in it. */
function libraryNames(files: NamedFiles, name: string): string[] {
  if (!/\s/.test(name)) return [name];
  try {
    files.read(name, MAX_MTL_BYTES);
    return [name];
  } catch {
    const parts = name.split(/\s+/);
    return parts.every((part) => part.endsWith(".mtl")) ? parts : [name];
  }
}

async function createMaterials(
  files: NamedFiles,
  loader: MTLLoader,
  text: string,
  warnings: string[],
): Promise<MaterialCreator> {
  const { result: materials } = quietly(() => loader.parse(text, ""));
  const textures = new Map<string, DataTexture[]>();
  materials.loadTexture = (name: string): DataTexture => {
    // Filled below. A texture that cannot be read must not turn the surface black.
    const texture = whiteTexture();
    textures.set(name, [...(textures.get(name) ?? []), texture]);
    return texture;
  };
  quietly(() => materials.preload());
  for (const [name, users] of textures) {
    const loaded = await loadTexture(files, name, warnings);
    if (loaded === undefined) continue;
    for (const texture of users) {
      texture.source = loaded.source;
      texture.needsUpdate = true;
    }
  }
  for (const material of Object.values(materials.materials) as MeshPhongMaterial[]) {
    material.side = DoubleSide;
    // Displacement would tear a mesh apart at its seams.
    material.displacementMap = null;
  }
  return materials;
}

async function loadTexture(
  files: NamedFiles,
  name: string,
  warnings: string[],
): Promise<DataTexture | undefined> {
  try {
    return textureOf(await decodeImage(files.read(name, MAX_IMAGE_BYTES).bytes), true);
  } catch (error) {
    const reason =
      error instanceof NamedFileError ? error.message : `${quote(name)}: ${(error as Error).message}`;
    warnings.push(`texture ${reason}; shown without it`);
    return undefined;
  }
}

function whiteTexture(): DataTexture {
  const texture = textureOf({ data: new Uint8Array([255, 255, 255, 255]), width: 1, height: 1 }, false);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const NOT_A_NUMBER = /^[-+]?(?:nan|inf|infinity|1\.#\w+)/i;

/**
 * Finds what made the loader produce a coordinate that is no number. Coordinates that are written as NaN or infinity
 * are left to `prepareObject`, which drops the triangles at them; anything else is damage.
 */
function findBadLine(path: string, text: string): void {
  const fail = (line: number, reason: string): LoadError =>
    new LoadError(path, reason, { format: "OBJ", position: { line } });
  let vertices = 0;
  let line = 0;
  for (const raw of lines(text)) {
    line += 1;
    const words = raw.trim().split(/\s+/);
    const keyword = words[0];
    if (keyword === "v") {
      vertices += 1;
      for (const word of [words[1], words[2], words[3]]) {
        if (word === undefined) throw fail(line, `a vertex needs three coordinates: ${quote(raw)}`);
        if (!NUMBER.test(word) && !NOT_A_NUMBER.test(word))
          throw fail(line, `${quote(word)} is not a number`);
      }
    } else if (keyword === "f" || keyword === "l" || keyword === "p") {
      for (const word of words.slice(1)) {
        const index = Number((word.split("/")[0] ?? "").trim());
        if (!Number.isInteger(index) || index === 0)
          throw fail(line, `${quote(word)} is not a vertex number`);
        if (index > vertices || index < -vertices) {
          throw fail(line, `vertex ${index} does not exist: there are ${vertices} up to this line`);
        }
      }
    }
  }
}

function* lines(text: string): Generator<string> {
  let start = 0;
  while (start <= text.length) {
    const end = text.indexOf("\n", start);
    if (end === -1) {
      yield text.slice(start);
      return;
    }
    yield text.slice(start, end);
    start = end + 1;
  }
}
