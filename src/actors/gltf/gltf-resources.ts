import {
  BufferAttribute,
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
import type { GLTFLoaderPlugin, GLTFParser } from "three/examples/jsm/loaders/GLTFLoader.js";
import type { GltfScene } from "../../formats/data-kinds.ts";
import { paddedViewBytes } from "../../formats/gltf/gltf-accessors.ts";
import { accessorView } from "../../formats/gltf/gltf-arrays.ts";
import type { GltfDocument } from "../../formats/gltf/gltf-document.ts";
import { element, GltfError } from "../../formats/gltf/gltf-error.ts";
import { GLOSSINESS_MARKER } from "../../formats/gltf/gltf-spec-gloss.ts";
import { decodeImage } from "../../formats/images/decode-image.ts";
import { limitTextureSize, type RgbaImage } from "../../formats/images/rgba-image.ts";
import { createTexture } from "../texture.ts";

type TextureDefinition = NonNullable<GltfDocument["textures"]>[number];

/** Minimum size of an accessor that is not copied, bytes. A view of a few bytes would keep the whole buffer in memory. */
const MIN_VIEW_BYTES = 65_536;

/** GLTFLoader plugin that supplies buffers and textures from memory and from files in the document's folder. */
export class GltfResources implements GLTFLoaderPlugin {
  readonly name = "SCENECAST_resources";
  readonly #parser: GLTFParser;
  readonly #data: GltfScene;
  readonly #textures = new Map<string, Promise<Texture>>();

  constructor(parser: GLTFParser, data: GltfScene) {
    this.#parser = parser;
    this.#data = data;
    const loadAccessor = parser.loadAccessor.bind(parser);
    parser.loadAccessor = (index) => this.#viewAccessor(index) ?? loadAccessor(index);
  }

  /** Adds the buffers to the parser's cache. The parser calls this after it cleared the cache, before it loads anything. */
  beforeRoot(): null {
    const { cache } = this.#parser as unknown as { cache: { add(key: string, value: unknown): void } };
    for (const [i, buffer] of this.#data.buffers.entries()) {
      if (buffer !== undefined) cache.add(`buffer:${i}`, Promise.resolve(buffer));
    }
    return null;
  }

  /** Returns a copy of a view's bytes, padded to whole strides. three.js's own plugin handles meshopt-compressed views. */
  async loadBufferView(index: number): Promise<ArrayBuffer> {
    const view = element(this.#data.document.bufferViews, index, "it", "buffer view");
    const buffer = element(this.#data.buffers, view.buffer, `buffer view ${index}`, "buffer");
    const { byteOffset = 0, byteLength } = view;
    const bytes = paddedViewBytes(this.#data.document, index);
    if (bytes === byteLength) return buffer.slice(byteOffset, byteOffset + byteLength);
    const padded = new Uint8Array(bytes);
    padded.set(new Uint8Array(buffer, byteOffset, byteLength));
    return padded.buffer;
  }

  /** Returns a large accessor as a view of its buffer: GLTFLoader would copy the whole buffer view. */
  #viewAccessor(index: number): Promise<BufferAttribute> | undefined {
    const { document, buffers } = this.#data;
    const values = accessorView(document, buffers, index);
    if (values === undefined || values.array.byteLength < MIN_VIEW_BYTES) return undefined;
    return Promise.resolve(new BufferAttribute(values.array, values.itemSize, values.normalized));
  }

  loadTexture(index: number): Promise<Texture> {
    const definition = this.#data.document.textures?.[index] ?? {};
    const key = `${definition.source}:${definition.sampler}:${GLOSSINESS_MARKER in definition}`;
    let texture = this.#textures.get(key);
    if (texture === undefined) {
      texture = this.#load(index, definition).catch((error: unknown) => {
        // The JavaScript engine throws TypeError and RangeError, whose messages do not help the user.
        const isReadable =
          error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
        const reason = isReadable ? error.message : "it is damaged";
        this.#data.warnings.push(`texture ${index} is left out: ${reason}`);
        // GLTFLoader omits a map that is null, though its types do not allow null.
        return null as unknown as Texture;
      });
      this.#textures.set(key, texture);
    }
    return texture;
  }

  async #load(index: number, definition: TextureDefinition): Promise<Texture> {
    const { source = -1 } = definition;
    const image = this.#data.document.images?.[source];
    if (image === undefined) throw new GltfError("it has no image");
    const pixels = await decodeImage(await readGltfImage(this.#parser, this.#data, source, "it"));
    if (GLOSSINESS_MARKER in definition) glossinessToRoughness(pixels);
    const texture = createTexture(limitTextureSize(pixels));
    const sampler = this.#data.document.samplers?.[definition.sampler ?? -1] ?? {};
    texture.name = definition.name ?? image.name ?? "";
    texture.magFilter = MAG_FILTERS[sampler.magFilter ?? 0] ?? LinearFilter;
    texture.minFilter = MIN_FILTERS[sampler.minFilter ?? 0] ?? LinearMipmapLinearFilter;
    texture.wrapS = WRAPPINGS[sampler.wrapS ?? 0] ?? RepeatWrapping;
    texture.wrapT = WRAPPINGS[sampler.wrapT ?? 0] ?? RepeatWrapping;
    texture.generateMipmaps = texture.minFilter !== NearestFilter && texture.minFilter !== LinearFilter;
    this.#parser.associations.set(texture, { textures: index });
    return texture;
  }
}

/**
 * Returns the encoded bytes of an image, from a buffer view or a file.
 *
 * @throws GltfError
 */
export async function readGltfImage(
  parser: GLTFParser,
  { document, images }: GltfScene,
  index: number,
  referrer: string,
): Promise<Uint8Array> {
  const { bufferView } = element(document.images, index, referrer, "image");
  if (bufferView !== undefined) {
    element(document.bufferViews, bufferView, "its image", "buffer view");
    return new Uint8Array(await parser.getDependency("bufferView", bufferView));
  }
  const file = images[index];
  if (file === undefined) throw new GltfError("its image has neither a URI nor a buffer view");
  if ("failure" in file) throw new GltfError(file.failure);
  return file.bytes;
}

/** Converts glossiness in alpha (specular-glossiness) to roughness in green (metallic-roughness), in place. */
function glossinessToRoughness({ data }: RgbaImage): void {
  for (let i = 0; i + 3 < data.length; i += 4) {
    data[i + 1] = 255 - (data[i + 3] ?? 0);
    data[i + 3] = 255;
  }
}

// Sampler constants (glTF 2.0, section 5.26), which are those of WebGL.
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
