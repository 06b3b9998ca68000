import {
  ClampToEdgeWrapping,
  LinearFilter,
  LinearMipmapLinearFilter,
  LinearMipmapNearestFilter,
  type MagnificationTextureFilter,
  type MinificationTextureFilter,
  MirroredRepeatWrapping,
  NearestFilter,
  NearestMipmapLinearFilter,
  NearestMipmapNearestFilter,
  RepeatWrapping,
  type Texture,
  type Wrapping,
} from "three";
import type { GLTF, GLTFLoaderPlugin, GLTFParser } from "three/examples/jsm/loaders/GLTFLoader.js";
import { decodeImage } from "./decode-image.ts";
import { checkGltf, type GltfDocument } from "./gltf-check.ts";
import { checkGlbHeader } from "./inspect.ts";
import { LoadError, quote } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { NamedFileError, type NamedFiles } from "./named-files.ts";
import { textureOf } from "./texture-image.ts";

const MAX_BUFFER_BYTES = 2 ** 31 - 1;
const MAX_IMAGE_BYTES = 256 * 2 ** 20;
const BIN_CHUNK = 0x004e4942;

/**
 * Reads glTF 2.0, as text or as GLB, with three's GLTFLoader. Buffers and images come from the file, from `data:`
 * URIs or from files beside it; nothing is ever fetched. The document is checked before three sees it.
 *
 * @throws LoadError
 */
export async function loadGltf(
  path: string,
  format: "gltf" | "glb",
  bytes: Uint8Array<ArrayBuffer>,
  files: NamedFiles,
): Promise<ParsedFile> {
  const formatName = format === "glb" ? "GLB" : "glTF";
  const fail = (error: unknown): LoadError => {
    if (error instanceof LoadError) return error;
    const reason = error instanceof Error ? error.message.replace(/^THREE\.GLTFLoader: /, "") : String(error);
    const known = error instanceof Error && error.constructor === Error;
    return new LoadError(
      path,
      known || error instanceof NamedFileError ? reason : `its structure is damaged (${reason})`,
      {
        format: formatName,
        cause: error,
      },
    );
  };
  const warnings: string[] = [];
  try {
    const { text, body } = format === "glb" ? splitGlb(path, bytes) : { text: bytes, body: undefined };
    const document = parseDocument(path, formatName, text);
    const buffers = readBuffers(files, document, body);
    checkGltf(
      document,
      buffers.map((buffer) => buffer?.byteLength),
    );
    preferPlainTextures(document);
    addScene(document);
    const gltf = await runLoader(files, document, buffers, warnings);
    const scene = gltf.scene ?? gltf.scenes[0];
    if (scene === undefined) throw new Error("there is no scene in it: there is nothing to draw");
    return { object: scene, animations: gltf.animations, warnings, hasMaterials: true };
  } catch (error) {
    throw fail(error);
  }
}

function splitGlb(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): {
  text: Uint8Array;
  body: ArrayBuffer | undefined;
} {
  checkGlbHeader(path, bytes, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.getUint32(8, true);
  const jsonBytes = view.getUint32(12, true);
  const text = bytes.subarray(20, 20 + jsonBytes);
  for (let at = 20 + jsonBytes; at + 8 <= end; ) {
    const length = view.getUint32(at, true);
    if (at + 8 + length > end) {
      throw new LoadError(path, `a chunk claims ${length} bytes, more than there are: the file is damaged`, {
        format: "GLB",
        position: { byte: at },
      });
    }
    if (view.getUint32(at + 4, true) === BIN_CHUNK) {
      return { text, body: bytes.slice(at + 8, at + 8 + length).buffer };
    }
    at += 8 + length;
  }
  return { text, body: undefined };
}

function parseDocument(path: string, format: string, text: Uint8Array): GltfDocument {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    const reason = `its JSON is damaged or cut off (${(error as Error).message})`;
    throw new LoadError(path, reason, { format, cause: error });
  }
  const version = (document as GltfDocument | null)?.asset?.version;
  if (typeof version !== "string")
    throw new LoadError(path, "its JSON has no asset.version: it is not glTF", { format });
  if (!version.startsWith("2.")) {
    throw new LoadError(
      path,
      `version ${quote(version)} of glTF cannot be read, only 2.x; convert the file`,
      { format },
    );
  }
  return document as GltfDocument;
}

function readBuffers(
  files: NamedFiles,
  document: GltfDocument,
  body: ArrayBuffer | undefined,
): (ArrayBuffer | undefined)[] {
  return (document.buffers ?? []).map((buffer, i) => {
    if (typeof buffer.uri === "string") {
      const bytes = dataUri(buffer.uri) ?? files.read(buffer.uri, MAX_BUFFER_BYTES, { uri: true }).bytes;
      if (bytes.byteLength < (buffer.byteLength ?? 0)) {
        throw new Error(
          `buffer ${i} has ${bytes.byteLength} bytes instead of ${buffer.byteLength}: it is cut off`,
        );
      }
      return bytes.buffer;
    }
    if (i > 0 || body === undefined) return undefined;
    if (body.byteLength < (buffer.byteLength ?? 0)) {
      throw new Error(
        `buffer 0 has ${body.byteLength} bytes instead of ${buffer.byteLength}: the file is cut off`,
      );
    }
    return body;
  });
}

function dataUri(uri: string): Uint8Array<ArrayBuffer> | undefined {
  const match = /^data:[^,]{0,200}?(;base64)?,/.exec(uri);
  if (match === null) return undefined;
  const content = uri.slice(match[0].length);
  if (match[1] === undefined) return new TextEncoder().encode(decodeURIComponent(content));
  return new Uint8Array(Buffer.from(content, "base64"));
}

/** A texture may name a WebP, AVIF or KTX2 version beside its PNG or JPEG; the latter is what can be decoded. */
function preferPlainTextures(document: GltfDocument): void {
  for (const texture of document.textures ?? []) {
    for (const name of ["EXT_texture_webp", "EXT_texture_avif", "KHR_texture_basisu"])
      delete texture.extensions?.[name];
  }
}

/** glTF allows a document without scenes; then all roots are shown. */
function addScene(document: GltfDocument): void {
  if (document.scenes !== undefined && document.scenes.length > 0) {
    if (document.scenes[document.scene ?? 0] === undefined) document.scene = 0;
    return;
  }
  const children = new Set((document.nodes ?? []).flatMap((node) => node.children ?? []));
  document.scenes = [{ nodes: [...(document.nodes ?? []).keys()].filter((node) => !children.has(node)) }];
  document.scene = 0;
}

async function runLoader(
  files: NamedFiles,
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  warnings: string[],
): Promise<GLTF> {
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  const { LoadingManager } = await import("three");
  const manager = new LoadingManager();
  // Buffers and images are handed over below. Should the loader want anything else, it does not get it.
  manager.setURLModifier((url) => {
    throw new Error(`${quote(url)} is not fetched`);
  });
  const loader = new GLTFLoader(manager);
  if ((document.extensionsUsed ?? []).some((name) => name.endsWith("_meshopt_compression"))) {
    const { MeshoptDecoder } = await import("three/examples/jsm/libs/meshopt_decoder.module.js");
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  loader.register((parser) => new LocalResources(parser, files, document, buffers, warnings));
  return new Promise((resolve, reject) => {
    // The types know text and bytes only; the loader takes a parsed document as well.
    loader.parse(document as unknown as string, "", resolve, reject);
  });
}

/** The GLTFLoader plugin that gives buffers and textures from memory and from files beside the document. */
class LocalResources implements GLTFLoaderPlugin {
  readonly name = "SCENECAST_local_resources";
  readonly #parser: GLTFParser;
  readonly #files: NamedFiles;
  readonly #document: GltfDocument;
  readonly #buffers: readonly (ArrayBuffer | undefined)[];
  readonly #warnings: string[];
  readonly #textures = new Map<string, Promise<Texture>>();

  constructor(
    parser: GLTFParser,
    files: NamedFiles,
    document: GltfDocument,
    buffers: readonly (ArrayBuffer | undefined)[],
    warnings: string[],
  ) {
    this.#parser = parser;
    this.#files = files;
    this.#document = document;
    this.#buffers = buffers;
    this.#warnings = warnings;
  }

  /** Called by the parser after it emptied its cache and before it loads anything. */
  beforeRoot(): null {
    const { cache } = this.#parser as unknown as { cache: { add(key: string, value: unknown): void } };
    for (const [i, buffer] of this.#buffers.entries()) {
      if (buffer !== undefined) cache.add(`buffer:${i}`, Promise.resolve(buffer));
    }
    return null;
  }

  loadTexture(index: number): Promise<Texture> {
    const definition = this.#document.textures?.[index] ?? {};
    const key = `${definition.source}:${definition.sampler}`;
    let texture = this.#textures.get(key);
    if (texture === undefined) {
      texture = this.#load(index, definition).catch((error: Error) => {
        this.#warnings.push(`texture ${index} is shown without its picture: ${error.message}`);
        // The loader leaves a map out when it is null, which its types do not say.
        return null as unknown as Texture;
      });
      this.#textures.set(key, texture);
    }
    return texture;
  }

  async #load(
    index: number,
    definition: { source?: number; sampler?: number; name?: string },
  ): Promise<Texture> {
    const image = this.#document.images?.[definition.source ?? -1];
    if (image === undefined) throw new Error("it names no PNG or JPEG");
    const bytes = await this.#imageBytes(image);
    const texture = textureOf(await decodeImage(bytes), false);
    const sampler = this.#document.samplers?.[definition.sampler ?? -1] ?? {};
    texture.name = definition.name ?? image.name ?? "";
    texture.magFilter = MAG_FILTERS[sampler.magFilter ?? 0] ?? LinearFilter;
    texture.minFilter = MIN_FILTERS[sampler.minFilter ?? 0] ?? LinearMipmapLinearFilter;
    texture.wrapS = WRAPPINGS[sampler.wrapS ?? 0] ?? RepeatWrapping;
    texture.wrapT = WRAPPINGS[sampler.wrapT ?? 0] ?? RepeatWrapping;
    texture.generateMipmaps = texture.minFilter !== NearestFilter && texture.minFilter !== LinearFilter;
    this.#parser.associations.set(texture, { textures: index });
    return texture;
  }

  async #imageBytes(image: { uri?: string; bufferView?: number }): Promise<Uint8Array> {
    if (image.bufferView !== undefined) {
      return new Uint8Array(await this.#parser.getDependency("bufferView", image.bufferView));
    }
    if (typeof image.uri !== "string") throw new Error("its image has neither a URI nor a buffer view");
    return dataUri(image.uri) ?? this.#files.read(image.uri, MAX_IMAGE_BYTES, { uri: true }).bytes;
  }
}

// glTF 2.0, section 5.26 (samplers): the numbers are WebGL's.
const MAG_FILTERS: Readonly<Record<number, MagnificationTextureFilter>> = {
  9728: NearestFilter,
  9729: LinearFilter,
};
const MIN_FILTERS: Readonly<Record<number, MinificationTextureFilter>> = {
  9728: NearestFilter,
  9729: LinearFilter,
  9984: NearestMipmapNearestFilter,
  9985: LinearMipmapNearestFilter,
  9986: NearestMipmapLinearFilter,
  9987: LinearMipmapLinearFilter,
};
const WRAPPINGS: Readonly<Record<number, Wrapping>> = {
  33071: ClampToEdgeWrapping,
  33648: MirroredRepeatWrapping,
  10497: RepeatWrapping,
};
