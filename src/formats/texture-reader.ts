import type { DataTexture } from "three";
import { createTexture, MAX_IMAGE_BYTES } from "../actors/texture.ts";
import { decodeImage } from "./images/decode-image.ts";
import type { RgbaImage } from "./images/rgba-image.ts";
import { quote } from "./load-error.ts";
import { ReferencedFileError, type ReferencedFiles } from "./referenced-files.ts";

/** Limit for the decoded textures of one model together: 2 GiB, which fits a GPU of 4 GB with mipmaps and framebuffer. */
const MAX_MODEL_PIXELS = 512 * 2 ** 20;

export interface TextureOptions {
  /** The file that names the texture; default: the model. */
  from?: string;
  /** Modifies the pixels before the texture is created. */
  prepare?: (image: RgbaImage) => void;
}

/** Loads the textures named by an OBJ's materials or a PLY's header. Rows are flipped: their texture coordinates start at the bottom. */
export class ModelTextures {
  readonly #files: ReferencedFiles;
  readonly #warnings: string[];
  #pixels = 0;

  constructor(files: ReferencedFiles, warnings: string[]) {
    this.#files = files;
    this.#warnings = warnings;
  }

  /** @returns undefined, after adding a warning, if the texture is missing or cannot be read */
  async read(name: string, { from, prepare }: TextureOptions = {}): Promise<DataTexture | undefined> {
    try {
      if (this.#pixels > MAX_MODEL_PIXELS) {
        throw new Error("the textures together have more pixels than are read");
      }
      const { bytes } = this.#files.read(name, MAX_IMAGE_BYTES, from === undefined ? {} : { from });
      const image = await decodeImage(bytes);
      prepare?.(image);
      const texture = createTexture(image, { flipY: true });
      this.#pixels += texture.width * texture.height;
      return texture;
    } catch (error) {
      const reason =
        error instanceof ReferencedFileError ? error.message : `${quote(name)}: ${(error as Error).message}`;
      this.#warnings.push(`texture ${reason}; shown without it`);
      return undefined;
    }
  }
}
