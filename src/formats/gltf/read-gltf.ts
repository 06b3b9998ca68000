import type { Vec3 } from "../../geometry/coordinates.ts";
import type { GltfImageFile, GltfScene } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { MAX_IMAGE_BYTES } from "../images/rgba-image.ts";
import { formatBytes, LoadError } from "../load-error.ts";
import { ReferencedFileError, type ReferencedFiles } from "../referenced-files.ts";
import { MAX_JSON_BYTES, readGlb } from "./glb-container.ts";
import { checkGltf } from "./gltf-check.ts";
import { type GltfDocument, parseGltfDocument } from "./gltf-document.ts";
import { GltfError } from "./gltf-error.ts";
import { convertSpecularGlossiness } from "./gltf-spec-gloss.ts";

const MAX_BUFFER_BYTES = 2 ** 31 - 1;

/**
 * Reads and validates glTF 2.0, as JSON or as GLB. Buffers and images are read from the file, from `data:` URIs or from
 * files in its folder, never from the network.
 *
 * @throws LoadError, DataError
 */
export async function readGltf(
  { path, source, files }: ReadContext,
  format: "glTF" | "GLB",
): Promise<GltfScene> {
  const { json, bin } = format === "GLB" ? await readGlb(path, source) : await readJson(path, source);
  const document = parseGltfDocument(path, format, json);
  const buffers = readBuffers(files, document, bin);
  const warnings = checkGltf(
    document,
    buffers.map((buffer) => buffer?.byteLength),
  );
  selectTextureSources(document);
  convertSpecularGlossiness(document);
  ensureScene(document);
  return {
    kind: "gltf",
    origin: rtcCenter(document),
    warnings,
    document,
    buffers,
    images: readImages(files, document),
  };
}

async function readJson(path: string, source: FileSource): Promise<{ json: Uint8Array; bin: undefined }> {
  await source.fillTo(MAX_JSON_BYTES + 1);
  if (source.window.length <= MAX_JSON_BYTES) return { json: source.window, bin: undefined };
  throw new LoadError(path, `the JSON has more than ${formatBytes(MAX_JSON_BYTES)}`, { format: "glTF" });
}

/**
 * Reads the buffers of a document: from the GLB itself, from `data:` URIs or from files in its folder.
 *
 * @param bin the BIN chunk of a GLB
 * @returns undefined for a buffer without bytes (a meshopt fallback)
 * @throws GltfError, ReferencedFileError
 */
function readBuffers(
  files: ReferencedFiles,
  document: GltfDocument,
  bin: ArrayBuffer | undefined,
): (ArrayBuffer | undefined)[] {
  return (document.buffers ?? []).map(({ uri, byteLength }, i) => {
    const source =
      uri === undefined ? (i === 0 ? bin : undefined) : readUri(files, uri, MAX_BUFFER_BYTES).buffer;
    if (source !== undefined && source.byteLength < byteLength) {
      throw new GltfError(
        `buffer ${i} has ${source.byteLength} bytes instead of ${byteLength}: ${uri === undefined ? "the file" : "it"} is cut off`,
      );
    }
    return source;
  });
}

/** Reads the images that textures and environments use, each file once. */
function readImages(files: ReferencedFiles, document: GltfDocument): (GltfImageFile | undefined)[] {
  const used = new Set<unknown>((document.textures ?? []).map(({ source }) => source));
  const { lights } = (document.extensions?.EXT_lights_image_based ?? {}) as { lights?: unknown };
  for (const light of Array.isArray(lights) ? lights : []) {
    for (const image of [light?.specularImages].flat(2)) used.add(image);
  }
  const byUri = new Map<string, GltfImageFile>();
  return (document.images ?? []).map(({ uri }, i) => {
    if (uri === undefined || !used.has(i)) return undefined;
    const file = byUri.get(uri) ?? readImage(files, uri);
    byUri.set(uri, file);
    return file;
  });
}

function readImage(files: ReferencedFiles, uri: string): GltfImageFile {
  try {
    return { bytes: readUri(files, uri, MAX_IMAGE_BYTES) };
  } catch (error) {
    if (error instanceof ReferencedFileError) return { failure: error.message };
    throw error;
  }
}

function readUri(files: ReferencedFiles, uri: string, limit: number): Uint8Array<ArrayBuffer> {
  return dataUri(uri) ?? files.read(uri, limit, { uri: true }).bytes;
}

/**
 * Decodes a `data:` URI.
 *
 * @returns undefined for any other URI
 * @throws ReferencedFileError if its percent-encoding is malformed
 */
function dataUri(uri: string): Uint8Array<ArrayBuffer> | undefined {
  const match = /^data:[^,]{0,200}?(;base64)?,/.exec(uri);
  if (match === null) return undefined;
  const content = uri.slice(match[0].length);
  if (match[1] !== undefined) return new Uint8Array(Buffer.from(content, "base64"));
  try {
    return new TextEncoder().encode(decodeURIComponent(content));
  } catch {
    throw new ReferencedFileError("its data: URI is damaged");
  }
}

/**
 * Selects one image source for each texture and removes the textures' extensions. PNG and JPEG have precedence, since
 * they decode fastest; then WebP, KTX2 and AVIF. Without this, three.js's own plugins would handle the extensions.
 */
function selectTextureSources(document: GltfDocument): void {
  for (const texture of document.textures ?? []) {
    for (const name of ["EXT_texture_webp", "KHR_texture_basisu", "EXT_texture_avif"]) {
      const { source } = (texture.extensions?.[name] ?? {}) as { source?: unknown };
      if (texture.source === undefined && typeof source === "number") texture.source = source;
    }
    delete texture.extensions;
  }
}

/** Ensures that there is a default scene. If a document has no scenes, all root nodes are shown. */
function ensureScene(document: GltfDocument): void {
  if (document.scenes !== undefined && document.scenes.length > 0) {
    if (document.scenes[document.scene ?? 0] === undefined) document.scene = 0;
    return;
  }
  const children = new Set((document.nodes ?? []).flatMap((node) => node.children ?? []));
  document.scenes = [{ nodes: [...(document.nodes ?? []).keys()].filter((node) => !children.has(node)) }];
  document.scene = 0;
}

/** Returns the origin that all positions are relative to (CESIUM_RTC, relative to center). */
function rtcCenter({ extensions }: GltfDocument): Vec3 {
  const { center } = (extensions?.CESIUM_RTC ?? {}) as { center?: unknown };
  const isPoint = Array.isArray(center) && center.length === 3 && center.every(Number.isFinite);
  return isPoint ? (center as unknown as Vec3) : [0, 0, 0];
}
