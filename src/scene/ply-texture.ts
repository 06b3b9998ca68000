import type { DataTexture } from "three";
import { quote } from "./load-error.ts";
import { BesideError, readBeside } from "./read-file.ts";
import { decodeImage, textureOf } from "./texture-image.ts";

const MAX_IMAGE_BYTES = 256 * 2 ** 20;

/** Reads a texture that a PLY header names. Its rows are turned: texture coordinates start at the bottom. */
export function readTexture(path: string, name: string, warnings: string[]): DataTexture | undefined {
  try {
    return textureOf(decodeImage(readBeside(path, name, MAX_IMAGE_BYTES)), true);
  } catch (error) {
    const reason =
      error instanceof BesideError ? error.message : `${quote(name)}: ${(error as Error).message}`;
    warnings.push(`texture ${reason}; shown without it`);
    return undefined;
  }
}
