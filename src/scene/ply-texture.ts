import { type DataTexture, SRGBColorSpace } from "three";
import { decodeImage } from "./decode-image.ts";
import { quote } from "./load-error.ts";
import { NamedFileError, type NamedFiles } from "./named-files.ts";
import { textureOf } from "./texture-image.ts";

const MAX_IMAGE_BYTES = 256 * 2 ** 20;
/** For all textures of a file together, decoded. */
const MAX_PIXELS = 512 * 2 ** 20;

/** Reads the textures that a PLY header names. Their rows are turned: texture coordinates start at the bottom. */
export async function readTextures(
  names: readonly string[],
  files: NamedFiles,
  warnings: string[],
): Promise<(DataTexture | undefined)[]> {
  const textures: (DataTexture | undefined)[] = [];
  let pixels = 0;
  for (const name of names) {
    try {
      if (pixels > MAX_PIXELS) throw new Error("the textures together have more pixels than are read");
      const texture = textureOf(await decodeImage(files.read(name, MAX_IMAGE_BYTES).bytes), true);
      texture.colorSpace = SRGBColorSpace;
      pixels += texture.width * texture.height;
      textures.push(texture);
    } catch (error) {
      const reason =
        error instanceof NamedFileError ? error.message : `${quote(name)}: ${(error as Error).message}`;
      warnings.push(`texture ${reason}; shown without it`);
      textures.push(undefined);
    }
  }
  return textures;
}
