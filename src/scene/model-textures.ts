import type { DataTexture } from "three";
import { decodeImage } from "./decode-image.ts";
import { quote } from "./load-error.ts";
import { NamedFileError, type NamedFiles } from "./named-files.ts";
import type { RgbaImage } from "./rgba-image.ts";
import { textureOf } from "./texture-image.ts";

const MAX_IMAGE_BYTES = 256 * 2 ** 20;
/** Maximum number of pixels of all textures of a model: 2 GiB as RGBA, which a GPU of 4 GB holds with mipmaps and framebuffer. */
const MAX_MODEL_PIXELS = 512 * 2 ** 20;

export interface TextureOptions {
  /** The file that refers to the texture; default: the model. */
  from?: string;
  /** Modifies the pixels in place before the texture is made. */
  prepare?: (image: RgbaImage) => void;
}

/**
 * Reads the textures of OBJ materials or a PLY header. Their rows are reversed, because texture coordinates of these formats
 * start at the bottom.
 */
export class ModelTextures {
  readonly #files: NamedFiles;
  readonly #warnings: string[];
  #pixels = 0;

  constructor(files: NamedFiles, warnings: string[]) {
    this.#files = files;
    this.#warnings = warnings;
  }

  /** @returns undefined, after a warning, if the texture does not exist or cannot be read */
  async read(name: string, { from, prepare }: TextureOptions = {}): Promise<DataTexture | undefined> {
    try {
      if (this.#pixels > MAX_MODEL_PIXELS) {
        throw new Error("the textures together have more pixels than are read");
      }
      const { bytes } = this.#files.read(name, MAX_IMAGE_BYTES, from === undefined ? {} : { from });
      const image = await decodeImage(bytes);
      prepare?.(image);
      const texture = textureOf(image, true);
      this.#pixels += texture.width * texture.height;
      return texture;
    } catch (error) {
      const reason =
        error instanceof NamedFileError ? error.message : `${quote(name)}: ${(error as Error).message}`;
      this.#warnings.push(`texture ${reason}; shown without it`);
      return undefined;
    }
  }
}
