import { type DataTexture, SRGBColorSpace } from "three";
import type { ReferencedFiles } from "../referenced-files.ts";
import { ModelTextures } from "../texture-reader.ts";

/** Reads the textures that a PLY header names, in the same order; undefined and a warning for each that cannot be read. */
export async function readTextures(
  names: readonly string[],
  files: ReferencedFiles,
  warnings: string[],
): Promise<(DataTexture | undefined)[]> {
  const images = new ModelTextures(files, warnings);
  const textures: (DataTexture | undefined)[] = [];
  for (const name of names) {
    const texture = await images.read(name);
    if (texture !== undefined) texture.colorSpace = SRGBColorSpace;
    textures.push(texture);
  }
  return textures;
}
