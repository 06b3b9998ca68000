import { readFileSync } from "node:fs";
import {
  CompressedCubeTexture,
  type CompressedPixelFormat,
  type CompressedTextureMipmap,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  RGBAFormat,
} from "three";
import texelsPath from "./studio.bin.zst" with { type: "file" };

/** Side of a face of the studio, px. */
export const STUDIO_SIDE = 128;

/** Side of the smallest mip level, px, which has roughness 1. */
const MIN_SIDE = 8;

/**
 * Loads the environment map for reflections: a studio with a bright sky, a dark floor and two lamps. Metals, such as glTF's default
 * material, are black without an environment. Its mip levels are filtered for all roughnesses, as three.js's PMREMGenerator does it, by
 * scripts/build-studio.ts.
 *
 * @returns a texture for `scene.environment`; the caller disposes of it
 */
export function studioEnvironment(): CompressedCubeTexture {
  const { buffer, byteOffset } = Bun.zstdDecompressSync(readFileSync(texelsPath));
  const faces = Array.from({ length: 6 }, () => ({
    width: STUDIO_SIDE,
    height: STUDIO_SIDE,
    mipmaps: [] as CompressedTextureMipmap[],
  }));
  let offset = byteOffset;
  for (let side = STUDIO_SIDE; side >= MIN_SIDE; side /= 2) {
    for (const { mipmaps } of faces) {
      const data = new Uint16Array(buffer, offset, 4 * side * side);
      mipmaps.push({ data, width: side, height: side });
      offset += data.byteLength;
    }
  }
  // For cube textures with all mip levels, three.js has only this class; it also takes RGBA, which its types omit.
  const format = RGBAFormat as number as CompressedPixelFormat;
  const texture = new CompressedCubeTexture(faces, format, HalfFloatType);
  texture.minFilter = LinearMipmapLinearFilter;
  texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return Object.assign(texture, { isPMREMTexture: true });
}
