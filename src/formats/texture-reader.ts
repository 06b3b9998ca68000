import { limitTextureSize, MAX_IMAGE_BYTES, type RgbaImage } from "./images/rgba-image.ts";
import { quote } from "./load-error.ts";
import { ReferencedFileError, type ReferencedFiles } from "./referenced-files.ts";

/** Limit for the sum of the decoded textures of a model: 2 GiB, which fits a GPU of 4 GB with mipmaps and framebuffer. */
const MAX_MODEL_PIXELS = 512 * 2 ** 20;

interface TextureOptions {
  /** The file that names the texture; default: the model. */
  from?: string;
  /** Modifies the pixels. */
  prepare?: (image: RgbaImage) => void;
}

/** Reads the textures that a model names, such as OBJ's materials or PLY's header, and limits their size. */
export class TextureReader {
  readonly #files: ReferencedFiles;
  readonly #warnings: string[];
  #pixels = 0;

  /** @param warnings receives a sentence for each texture that cannot be read */
  constructor(files: ReferencedFiles, warnings: string[]) {
    this.#files = files;
    this.#warnings = warnings;
  }

  /** @returns undefined, after adding a warning, if the texture is missing or cannot be read */
  async read(name: string, { from, prepare }: TextureOptions = {}): Promise<RgbaImage | undefined> {
    try {
      if (this.#pixels > MAX_MODEL_PIXELS) {
        throw new Error(`all textures together have more pixels than the limit of ${MAX_MODEL_PIXELS}`);
      }
      const { bytes } = this.#files.read(name, MAX_IMAGE_BYTES, from === undefined ? {} : { from });
      // The import needs 16 ms, which a model without textures does not pay.
      const { decodeImage } = await import("./images/decode-image.ts");
      const decoded = await decodeImage(bytes);
      prepare?.(decoded);
      const image = limitTextureSize(decoded);
      this.#pixels += image.width * image.height;
      return image;
    } catch (error) {
      const reason =
        error instanceof ReferencedFileError ? error.message : `${quote(name)}: ${(error as Error).message}`;
      this.#warnings.push(`texture ${reason}; shown without it`);
      return undefined;
    }
  }
}
