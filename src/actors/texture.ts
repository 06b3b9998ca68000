import {
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  RGBAFormat,
  UnsignedByteType,
} from "three";
import type { RgbaImage } from "../formats/images/rgba-image.ts";

/** Limit for an encoded image file. */
export const MAX_IMAGE_BYTES = 256 * 2 ** 20;
/** Larger images are halved until they fit: SwiftShader's limit is 8192, and a streamed frame shows no more detail. */
const MAX_TEXTURE_SIZE = 4096;

/**
 * Creates a repeating, mipmapped texture of at most 4096x4096 pixels.
 *
 * @param flipY reverse the row order, for formats whose texture coordinates start at the bottom (OBJ, PLY); default: false
 */
export function createTexture(image: RgbaImage, { flipY = false } = {}): DataTexture {
  let scaled = image;
  while (Math.max(scaled.width, scaled.height) > MAX_TEXTURE_SIZE) scaled = halve(scaled);
  const { width, height } = scaled;
  const data = flipY ? flipRows(scaled) : scaled.data;
  const texture = new DataTexture(new Uint8Array(data), width, height, RGBAFormat, UnsignedByteType);
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}

function flipRows({ data, width, height }: RgbaImage): Uint8Array {
  const stride = width * 4;
  const flipped = new Uint8Array(data.byteLength);
  for (let row = 0; row < height; row += 1) {
    flipped.set(data.subarray(row * stride, (row + 1) * stride), (height - 1 - row) * stride);
  }
  return flipped;
}

function halve({ data, width, height }: RgbaImage): RgbaImage {
  const newWidth = Math.max(1, width >> 1);
  const newHeight = Math.max(1, height >> 1);
  const out = new Uint8Array(newWidth * newHeight * 4);
  for (let y = 0; y < newHeight; y += 1) {
    const top = Math.min(2 * y, height - 1) * width;
    const bottom = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < newWidth; x += 1) {
      const left = Math.min(2 * x, width - 1);
      const right = Math.min(2 * x + 1, width - 1);
      for (let c = 0; c < 4; c += 1) {
        const sum =
          (data[(top + left) * 4 + c] ?? 0) +
          (data[(top + right) * 4 + c] ?? 0) +
          (data[(bottom + left) * 4 + c] ?? 0) +
          (data[(bottom + right) * 4 + c] ?? 0);
        out[(y * newWidth + x) * 4 + c] = (sum + 2) >> 2;
      }
    }
  }
  return { data: out, width: newWidth, height: newHeight };
}
