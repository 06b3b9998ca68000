import type { ImageFormat } from "./image-format.ts";
import { checkImageSize, type RgbaImage } from "./rgba-image.ts";

export const tga: ImageFormat = { name: "TGA", detect: isTga, decode: decodeTga };

const HEADER_BYTES = 18;
const RLE = 8;
const TYPES = new Set([1, 2, 3, 9, 10, 11]);
const DEPTHS: Readonly<Record<number, readonly number[]>> = { 1: [8, 16], 2: [15, 16, 24, 32], 3: [8, 16] };

/** TGA has no magic number: the values of all header fields are checked. */
function isTga(bytes: Uint8Array): boolean {
  if (bytes.byteLength < HEADER_BYTES) return false;
  const [, mapType = 0, type = 0] = bytes;
  return (
    mapType <= 1 &&
    TYPES.has(type) &&
    DEPTHS[type & ~RLE]?.includes(bytes[16] ?? 0) === true &&
    (mapType === 1 || (type & ~RLE) !== 1) &&
    ((bytes[17] ?? 0) & 0xc0) === 0
  );
}

/**
 * Decodes Truevision TGA (specification 2.0): color-mapped, true-color and greyscale, raw or run-length encoded.
 * three.js r187's TGALoader makes 32-bit images without alpha bits fully transparent, and decodes 16-bit white as 248.
 */
function decodeTga(bytes: Uint8Array): RgbaImage {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = header.getUint8(2);
  const kind = type & ~RLE;
  const mapFirst = header.getUint16(3, true);
  const mapLength = header.getUint8(1) === 1 ? header.getUint16(5, true) : 0;
  const mapBytes = (header.getUint8(7) + 7) >> 3;
  const width = header.getUint16(12, true);
  const height = header.getUint16(14, true);
  const depth = header.getUint8(16);
  const descriptor = header.getUint8(17);
  checkImageSize("TGA", width, height);
  const mapStart = HEADER_BYTES + header.getUint8(0);
  const pixelBytes = (depth + 7) >> 3;
  const count = width * height;
  const encoded = bytes.subarray(mapStart + mapLength * mapBytes);
  const pixels = type & RLE ? decodeRuns(encoded, count, pixelBytes) : encoded;
  if (pixels.byteLength < count * pixelBytes) throw new Error("the TGA is cut off");

  const map = new Uint8Array(4 * mapLength);
  for (let i = 0; i < mapLength; i += 1)
    readColor(bytes, mapStart + i * mapBytes, mapBytes, true, map, 4 * i);
  const hasAlpha = (descriptor & 15) > 0;
  const data = new Uint8Array(4 * count);
  const rightToLeft = (descriptor & 16) !== 0;
  const topDown = (descriptor & 32) !== 0;
  for (let i = 0; i < count; i += 1) {
    const x = i % width;
    const y = (i - x) / width;
    const to = 4 * ((topDown ? y : height - 1 - y) * width + (rightToLeft ? width - 1 - x : x));
    const from = i * pixelBytes;
    if (kind === 1) {
      const index = (pixels[from] ?? 0) + (pixelBytes === 2 ? (pixels[from + 1] ?? 0) << 8 : 0) - mapFirst;
      for (let c = 0; c < 4; c += 1) data[to + c] = map[4 * index + c] ?? (c === 3 ? 255 : 0);
    } else if (kind === 3) {
      data.fill(pixels[from] ?? 0, to, to + 3);
      data[to + 3] = pixelBytes === 2 && hasAlpha ? (pixels[from + 1] ?? 255) : 255;
    } else readColor(pixels, from, pixelBytes, hasAlpha, data, to);
  }
  return { data, width, height };
}

/** Converts a color to RGBA: 2 bytes (5 bits per component, blue lowest), 3 (blue, green, red) or 4 (with alpha). */
function readColor(
  from: Uint8Array,
  index: number,
  bytes: number,
  hasAlpha: boolean,
  to: Uint8Array,
  offset: number,
): void {
  if (bytes === 2) {
    const value = (from[index] ?? 0) | ((from[index + 1] ?? 0) << 8);
    for (let c = 0; c < 3; c += 1) to[offset + 2 - c] = Math.round((((value >> (5 * c)) & 31) * 255) / 31);
    to[offset + 3] = 255;
    return;
  }
  for (let c = 0; c < 3; c += 1) to[offset + 2 - c] = from[index + c] ?? 0;
  to[offset + 3] = bytes === 4 && hasAlpha ? (from[index + 3] ?? 255) : 255;
}

/** Decodes run-length packets. The high bit of a packet's first byte is set for a run; the other bits are the pixel count - 1. */
function decodeRuns(encoded: Uint8Array, count: number, pixelBytes: number): Uint8Array {
  const size = count * pixelBytes;
  const pixels = new Uint8Array(size);
  let filled = 0;
  for (let offset = 0; filled < size && offset < encoded.byteLength; ) {
    const packet = encoded[offset] ?? 0;
    offset += 1;
    const pixelsOfPacket = Math.min((packet & 127) + 1, (size - filled) / pixelBytes);
    if (packet & 128) {
      const pixel = encoded.subarray(offset, offset + pixelBytes);
      for (let i = 0; i < pixelsOfPacket; i += 1) pixels.set(pixel, filled + i * pixelBytes);
      offset += pixelBytes;
    } else {
      pixels.set(encoded.subarray(offset, offset + pixelsOfPacket * pixelBytes), filled);
      offset += pixelsOfPacket * pixelBytes;
    }
    filled += pixelsOfPacket * pixelBytes;
  }
  return filled < size ? pixels.subarray(0, filled) : pixels;
}
