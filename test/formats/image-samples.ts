import { deflateSync } from "node:zlib";
import { CHECKER_COLORS as COLORS, checkerPng } from "./samples.ts";

/** Width and height of all sample images: four squares, red and green above blue and white, as in `checkerPng`. */
export const SIZE = 16;
/** Index of the square that contains a pixel, 0 to 3. */
function square(x: number, y: number): number {
  return (y >= SIZE / 2 ? 2 : 0) + (x >= SIZE / 2 ? 1 : 0);
}

type Pixel = (color: readonly [number, number, number], square: number) => readonly number[];

/** The bytes of all pixels, row by row, top-down or bottom-up. */
function pixels(pixel: Pixel, fromBottom = false): number[] {
  const bytes: number[] = [];
  for (let row = 0; row < SIZE; row += 1) {
    const y = fromBottom ? SIZE - 1 - row : row;
    for (let x = 0; x < SIZE; x += 1) bytes.push(...pixel(COLORS[square(x, y)] ?? COLORS[0], square(x, y)));
  }
  return bytes;
}

const BGR: Pixel = ([red, green, blue]) => [blue, green, red];

export function bmp(): Uint8Array {
  const bytes = Buffer.alloc(54 + 3 * SIZE * SIZE);
  bytes.write("BM", "latin1");
  bytes.writeUInt32LE(bytes.byteLength, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(SIZE, 18);
  bytes.writeInt32LE(SIZE, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.set(pixels(BGR, true), 54);
  return bytes;
}

/** A GIF with 3-bit codes only: the LZW table is cleared before it needs longer codes. */
export function gif(): Uint8Array {
  const codes = [4];
  for (const [i, value] of pixels((_, number) => [number]).entries()) {
    if (i > 0 && i % 2 === 0) codes.push(4);
    codes.push(value);
  }
  codes.push(5);
  const packed: number[] = [];
  let bitBuffer = 0;
  let bits = 0;
  for (const code of codes) {
    bitBuffer |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, bitBuffer >>= 8) packed.push(bitBuffer & 255);
  }
  packed.push(bitBuffer & 255);
  const blocks: number[] = [];
  for (let offset = 0; offset < packed.length; offset += 255) {
    const block = packed.slice(offset, offset + 255);
    blocks.push(block.length, ...block);
  }
  const screen = [SIZE, 0, SIZE, 0];
  return Uint8Array.from([
    ...Buffer.from("GIF89a"),
    ...[...screen, 0x81, 0, 0],
    ...COLORS.flat(),
    ...[0x2c, 0, 0, 0, 0, ...screen, 0, 2],
    ...[...blocks, 0, 0x3b],
  ]);
}

export async function webp(lossless: boolean): Promise<Uint8Array> {
  return new Bun.Image(checkerPng(SIZE / 2)).webp({ lossless, quality: 95 }).bytes();
}

/** A JPEG of inverted CMYK, as Adobe's programs write; encoded by libjpeg-turbo. */
export function cmykJpeg(): Uint8Array {
  return Buffer.from(
    "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgS" +
      "FBUU/9sAQwEDBAQFBAUJBQUJFA0LDRQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU/8AAFAgAEAAQ" +
      "BAERAAIRAQMRAQQRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNR" +
      "YQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeI" +
      "iYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/EAB8BAAMBAQEBAQEB" +
      "AQEAAAAAAAABAgMEBQYHCAkKC//EALURAAIBAgQEAwQHBQQEAAECdwABAgMRBAUhMQYSQVEHYXETIjKBCBRCkaGxwQkjM1LwFWJy0QoWJDTh" +
      "JfEXGBkaJicoKSo1Njc4OTpDREVGR0hJSlNUVVZXWFlaY2RlZmdoaWpzdHV2d3h5eoKDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2" +
      "t7i5usLDxMXGx8jJytLT1NXW19jZ2uLj5OXm5+jp6vLz9PX29/j5+v/aAA4EAQACEQMRBAAAPwD6Ir9zP8qj9U6+Oq/bT/pyCv1Cr/nKP4aC" +
      "v5pa/wBVT4cK/9k=",
    "base64",
  );
}

/** @param depth bits per pixel; entries of a color map have 24 bits */
export function tga(
  kind: "map" | "color" | "grey",
  depth: number,
  options: { topDown?: boolean; runs?: boolean; alphaBits?: number; alpha?: number } = {},
): Uint8Array {
  const { topDown = false, runs = false, alphaBits = 0, alpha = 0 } = options;
  const header = Buffer.alloc(18);
  header[0] = 4; // a comment of 4 bytes follows
  header[1] = kind === "map" ? 1 : 0;
  header[2] = { map: 1, color: 2, grey: 3 }[kind] + (runs ? 8 : 0);
  if (kind === "map") header.writeUInt16LE(4, 5);
  header[7] = kind === "map" ? 24 : 0;
  header.writeUInt16LE(SIZE, 12);
  header.writeUInt16LE(SIZE, 14);
  header[16] = depth;
  header[17] = alphaBits + (topDown ? 32 : 0);
  const pixel: Pixel = (color, number) => {
    if (kind === "map") return [number];
    if (kind === "grey") return [number * 50];
    if (depth === 24) return BGR(color, number);
    if (depth === 32) return [...BGR(color, number), alpha];
    const value = (color[2] >> 3) | ((color[1] >> 3) << 5) | ((color[0] >> 3) << 10);
    return [value & 255, value >> 8];
  };
  const bytes = pixels(pixel, !topDown);
  const map = kind === "map" ? COLORS.flatMap((color) => BGR(color, 0)) : [];
  const pixelBytes = Math.ceil(depth / 8);
  const packed: number[] = [];
  // Each half row has one color: its first half is a run packet, its second half a raw packet.
  const half = (SIZE / 2) * pixelBytes;
  for (let offset = 0; runs && offset < bytes.length; offset += half) {
    packed.push(127 + SIZE / 4, ...bytes.slice(offset, offset + pixelBytes));
    packed.push(SIZE / 4 - 1, ...bytes.slice(offset, offset + half / 2));
  }
  return Uint8Array.from([...header, 1, 2, 3, 4, ...map, ...(runs ? packed : bytes)]);
}

export interface TiffOptions {
  bigEndian?: boolean;
  compression?: "none" | "lzw" | "deflate" | "packbits";
  predictor?: boolean;
  bits?: 8 | 16;
  tile?: number;
  kind?: "rgb" | "rgba" | "map" | "white-is-zero" | "cmyk";
}

export function tiff(options: TiffOptions = {}): Uint8Array {
  const {
    bigEndian = false,
    compression = "none",
    predictor = false,
    bits = 8,
    tile,
    kind = "rgb",
  } = options;
  const samples: Pixel = (color, number) => {
    switch (kind) {
      case "rgb":
        return color;
      case "rgba":
        return [...color, 100];
      case "map":
        return [number];
      case "white-is-zero":
        return [255 - number * 50];
      case "cmyk":
        return [...color.map((value) => 255 - value), 0];
    }
  };
  const count = { rgb: 3, rgba: 4, map: 1, "white-is-zero": 1, cmyk: 4 }[kind];
  const pixelValues = pixels(samples);
  const partWidth = tile ?? SIZE;
  const partRows = tile ?? 5; // strips of 5, 5, 5 and 1 rows
  const parts: Buffer[] = [];
  for (let top = 0; top < SIZE; top += partRows) {
    for (let left = 0; left < SIZE; left += partWidth) {
      const values: number[] = [];
      const rows = tile ?? Math.min(partRows, SIZE - top);
      for (let y = top; y < top + rows; y += 1) {
        const row = Array.from(
          { length: partWidth * count },
          (_, i) => pixelValues[(y * SIZE + left) * count + i] ?? 0,
        );
        const differences = predictor ? row.map((value, i) => (value - (row[i - count] ?? 0)) & 255) : row;
        for (const value of differences)
          values.push(...(bits === 8 ? [value] : bigEndian ? [value, 0] : [0, value]));
      }
      parts.push(compress(Buffer.from(values), compression));
    }
  }
  const starts: number[] = [];
  let end = 8;
  for (const part of parts) {
    starts.push(end);
    end += part.byteLength;
  }
  const map = [0, 1, 2].flatMap((c) => Array.from({ length: 256 }, (_, i) => (COLORS[i]?.[c] ?? 0) * 257));
  const tags: [number, number[]][] = [
    [256, [SIZE]],
    [257, [SIZE]],
    [258, Array.from({ length: count }, () => bits)],
    [259, [{ none: 1, lzw: 5, deflate: 8, packbits: 32773 }[compression]]],
    [262, [{ rgb: 2, rgba: 2, map: 3, "white-is-zero": 0, cmyk: 5 }[kind]]],
    ...(tile === undefined ? ([[273, starts]] as [number, number[]][]) : []),
    [277, [count]],
    ...(tile === undefined
      ? ([
          [278, [partRows]],
          [279, parts.map((part) => part.byteLength)],
        ] as [number, number[]][])
      : []),
    [317, [predictor ? 2 : 1]],
    ...(kind === "map" ? ([[320, map]] as [number, number[]][]) : []),
    ...(tile === undefined
      ? []
      : ([
          [322, [tile]],
          [323, [tile]],
          [324, starts],
          [325, parts.map((part) => part.byteLength)],
        ] as [number, number[]][])),
  ];
  const directory = Buffer.alloc(6 + 12 * tags.length);
  const write16 = (to: Buffer, value: number, offset: number): number =>
    bigEndian ? to.writeUInt16BE(value, offset) : to.writeUInt16LE(value, offset);
  const write32 = (to: Buffer, value: number, offset: number): number =>
    bigEndian ? to.writeUInt32BE(value, offset) : to.writeUInt32LE(value, offset);
  write16(directory, tags.length, 0);
  const extra: Buffer[] = [];
  let extraAt = end + directory.byteLength;
  for (const [i, [tag, values]] of tags.entries()) {
    const index = 2 + 12 * i;
    write16(directory, tag, index);
    write16(directory, 3, index + 2);
    write32(directory, values.length, index + 4);
    const bytes = Buffer.alloc(Math.max(4, 2 * values.length));
    for (const [k, value] of values.entries()) write16(bytes, value, 2 * k);
    if (values.length <= 2) bytes.copy(directory, index + 8, 0, 4);
    else {
      write32(directory, extraAt, index + 8);
      extra.push(bytes);
      extraAt += bytes.byteLength;
    }
  }
  const header = Buffer.from(bigEndian ? "MM\0*\0\0\0\0" : "II*\0\0\0\0\0", "latin1");
  write32(header, end, 4);
  return Buffer.concat([header, ...parts, directory, ...extra]);
}

function compress(bytes: Buffer, compression: NonNullable<TiffOptions["compression"]>): Buffer {
  switch (compression) {
    case "none":
      return bytes;
    case "deflate":
      return deflateSync(bytes);
    case "lzw":
      return packLzw(bytes);
    case "packbits": {
      const packed: number[] = [];
      for (let offset = 0; offset < bytes.byteLength; ) {
        let run = 1;
        while (run < 128 && bytes[offset + run] === bytes[offset]) run += 1;
        if (run > 1) packed.push(257 - run, bytes[offset] ?? 0);
        else packed.push(0, bytes[offset] ?? 0);
        offset += run;
      }
      return Buffer.from(packed);
    }
  }
}

/** Encodes TIFF's variant of LZW: high bits first, and the code length grows one entry early. */
function packLzw(bytes: Buffer): Buffer {
  const packed: number[] = [];
  let bitBuffer = 0;
  let bits = 0;
  let table = new Map<string, number>();
  let next = 258;
  const width = (): number => (next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9);
  const writeCode = (code: number): void => {
    bitBuffer = (bitBuffer << width()) | code;
    for (bits += width(); bits >= 8; bits -= 8) packed.push((bitBuffer >> (bits - 8)) & 255);
    bitBuffer &= (1 << bits) - 1;
  };
  const codeOf = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : (table.get(text) ?? 0));
  writeCode(256);
  let sequence = "";
  for (const byte of bytes) {
    const extended = sequence + String.fromCharCode(byte);
    if (extended.length === 1 || table.has(extended)) {
      sequence = extended;
      continue;
    }
    writeCode(codeOf(sequence));
    table.set(extended, next);
    next += 1;
    sequence = String.fromCharCode(byte);
    if (next === 4094) {
      writeCode(256);
      table = new Map();
      next = 258;
    }
  }
  writeCode(codeOf(sequence));
  next += 1;
  writeCode(257);
  if (bits > 0) packed.push((bitBuffer << (8 - bits)) & 255);
  return Buffer.from(packed);
}
