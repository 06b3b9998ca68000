import { checkPictureSize, type RgbaImage } from "./rgba-image.ts";

const HEADER_BYTES = 18;
const RLE = 8;
const TYPES = new Set([1, 2, 3, 9, 10, 11]);
const DEPTHS: Readonly<Record<number, readonly number[]>> = { 1: [8, 16], 2: [15, 16, 24, 32], 3: [8, 16] };

/** Whether a header can be that of a TGA picture. The format has no magic number, so that every field is looked at. */
export function looksLikeTga(bytes: Uint8Array): boolean {
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
 * Decodes Truevision TGA (version 2.0 of its specification): with or without a colour map, true colour, grey,
 * run-length encoded or not.
 *
 * @throws Error with a sentence for people
 */
export function decodeTga(bytes: Uint8Array): RgbaImage {
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
  checkPictureSize("TGA", width, height);
  const mapStart = HEADER_BYTES + header.getUint8(0);
  const pixelBytes = (depth + 7) >> 3;
  const count = width * height;
  const packed = bytes.subarray(mapStart + mapLength * mapBytes);
  const pixels = type & RLE ? unpackRuns(packed, count, pixelBytes) : packed;
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

/** A colour of 2 bytes (5 bits each, blue lowest), 3 (blue, green, red) or 4 (and alpha). */
function readColor(
  from: Uint8Array,
  at: number,
  bytes: number,
  hasAlpha: boolean,
  to: Uint8Array,
  place: number,
): void {
  if (bytes === 2) {
    const value = (from[at] ?? 0) | ((from[at + 1] ?? 0) << 8);
    for (let c = 0; c < 3; c += 1) to[place + 2 - c] = Math.round((((value >> (5 * c)) & 31) * 255) / 31);
    to[place + 3] = 255;
    return;
  }
  for (let c = 0; c < 3; c += 1) to[place + 2 - c] = from[at + c] ?? 0;
  to[place + 3] = bytes === 4 && hasAlpha ? (from[at + 3] ?? 255) : 255;
}

/** Unpacks packets: a byte whose high bit says run or literal and whose others are the number of pixels less 1. */
function unpackRuns(packed: Uint8Array, count: number, pixelBytes: number): Uint8Array {
  const wanted = count * pixelBytes;
  const pixels = new Uint8Array(wanted);
  let filled = 0;
  for (let at = 0; filled < wanted && at < packed.byteLength; ) {
    const packet = packed[at] ?? 0;
    at += 1;
    const pixelsOfPacket = Math.min((packet & 127) + 1, (wanted - filled) / pixelBytes);
    if (packet & 128) {
      const pixel = packed.subarray(at, at + pixelBytes);
      for (let i = 0; i < pixelsOfPacket; i += 1) pixels.set(pixel, filled + i * pixelBytes);
      at += pixelBytes;
    } else {
      pixels.set(packed.subarray(at, at + pixelsOfPacket * pixelBytes), filled);
      at += pixelsOfPacket * pixelBytes;
    }
    filled += pixelsOfPacket * pixelBytes;
  }
  return filled < wanted ? pixels.subarray(0, filled) : pixels;
}
