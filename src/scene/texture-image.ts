import { PNG } from "pngjs";
import {
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  RGBAFormat,
  UnsignedByteType,
} from "three";
import { decodeJpeg } from "../native/jpeg.ts";

/** Pixels as RGBA bytes, rows top-down, tightly packed. */
export interface RgbaImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Larger pictures are made smaller by halves: SwiftShader ends at 8192, and nobody sees more on a stream. */
const MAX_TEXTURE_SIZE = 4096;
const MAX_PIXELS = 8192 * 8192;

/**
 * Decodes a PNG or a JPEG, told by content.
 *
 * @throws Error with a message for people
 */
export function decodeImage(bytes: Uint8Array): RgbaImage {
  if (bytes.byteLength > 33 && bytes[0] === 0x89 && bytes[1] === 0x50) return decodePng(bytes);
  if (bytes.byteLength > 3 && bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes);
  throw new Error("only PNG and JPEG pictures can be read as textures");
}

/** @param flip turn rows upside down, for formats whose texture coordinates start at the bottom (OBJ) */
export function textureOf(image: RgbaImage, flip: boolean): DataTexture {
  let picture = image;
  while (Math.max(picture.width, picture.height) > MAX_TEXTURE_SIZE) picture = halve(picture);
  const { width, height } = picture;
  const data = flip ? flipRows(picture) : picture.data;
  const texture = new DataTexture(new Uint8Array(data), width, height, RGBAFormat, UnsignedByteType);
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}

function decodePng(bytes: Uint8Array): RgbaImage {
  // The size is looked at before pngjs allocates for it.
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const width = header.getUint32(16);
  const height = header.getUint32(20);
  if (width === 0 || height === 0 || width * height > MAX_PIXELS) {
    throw new Error(`a PNG of ${width}x${height} pixels is not read`);
  }
  try {
    const png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { data: png.data, width: png.width, height: png.height };
  } catch (error) {
    throw new Error("the PNG is damaged or cut off", { cause: error });
  }
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
