import {
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  RGBAFormat,
  UnsignedByteType,
} from "three";
import type { RgbaImage } from "../formats/images/rgba-image.ts";

/**
 * Creates a repeating, mipmapped texture.
 *
 * @param flipY reverse the row order, for formats whose texture coordinates start at the bottom (OBJ, PLY); default: false
 */
export function createTexture(image: RgbaImage, { flipY = false } = {}): DataTexture {
  const { width, height } = image;
  const data = flipY ? flipRows(image) : new Uint8Array(image.data);
  const texture = new DataTexture(data, width, height, RGBAFormat, UnsignedByteType);
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}

function flipRows({ data, width, height }: RgbaImage): Uint8Array<ArrayBuffer> {
  const stride = width * 4;
  const flipped = new Uint8Array(data.byteLength);
  for (let row = 0; row < height; row += 1) {
    flipped.set(data.subarray(row * stride, (row + 1) * stride), (height - 1 - row) * stride);
  }
  return flipped;
}
