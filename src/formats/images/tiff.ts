import { inflateSync } from "node:zlib";
import { startsWith } from "../starts-with.ts";
import type { ImageFormat } from "./image-format.ts";
import { checkImageSize, type RgbaImage } from "./rgba-image.ts";

export const tiff: ImageFormat = {
  name: "TIFF",
  detect: (bytes) => startsWith(bytes, "II*\0") || startsWith(bytes, "MM\0*"),
  decode: decodeTiff,
};

// Tags of TIFF 6.0, section 8 and part 2.
const WIDTH = 256;
const HEIGHT = 257;
const BITS = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const STRIP_OFFSETS = 273;
const SAMPLES = 277;
const ROWS_PER_STRIP = 278;
const STRIP_BYTES = 279;
const PLANAR = 284;
const PREDICTOR = 317;
const COLOR_MAP = 320;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const TILE_OFFSETS = 324;
const TILE_BYTES = 325;
const SAMPLE_FORMAT = 339;

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4 };
/** Maximum number of values of a tag: enough for the strips or tiles of the largest image that is read. */
const MAX_VALUES = 65_536;
const SAMPLES_OF_COLOR: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4 };

/** Layout of a chunk (strip or tile): rows of pixels of `samples` values of 1 or 2 bytes each. */
interface ChunkLayout {
  readonly width: number;
  readonly rows: number;
  readonly samples: number;
  readonly sampleBytes: 1 | 2;
  readonly compression: number;
  readonly predictor: number;
  readonly littleEndian: boolean;
}

/**
 * Decodes the first image of a TIFF 6.0 file: strips or tiles of 8 or 16 bits per sample; greyscale, RGB, palette or
 * CMYK, with alpha; uncompressed, LZW, Deflate or PackBits. Of the libraries, tiff 7.1.3 supports neither PackBits
 * nor CMYK and reads only the first sample of tiled RGB, and geotiff 3.0.5 hung on one of 1,064 damaged files.
 */
function decodeTiff(bytes: Uint8Array): RgbaImage {
  const littleEndian = bytes[0] === 0x49;
  const tags = readTags(bytes, littleEndian);
  const firstValue = (tag: number, fallback: number): number => tags.get(tag)?.[0] ?? fallback;
  const width = firstValue(WIDTH, 0);
  const height = firstValue(HEIGHT, 0);
  checkImageSize("TIFF", width, height);
  const photometric = firstValue(PHOTOMETRIC, 1);
  const colors = SAMPLES_OF_COLOR[photometric];
  const bits = firstValue(BITS, 1);
  const samples = firstValue(SAMPLES, 1);
  const supported =
    colors !== undefined &&
    samples >= colors &&
    samples <= 8 &&
    (bits === 8 || (bits === 16 && photometric !== 3)) &&
    firstValue(PLANAR, 1) === 1 &&
    firstValue(SAMPLE_FORMAT, 1) === 1;
  if (!supported)
    throw new Error("the TIFF has an unsupported pixel format (bits, colors or planes); save it as PNG");

  const isTiled = tags.has(TILE_OFFSETS);
  const chunkWidth = isTiled ? firstValue(TILE_WIDTH, 0) : width;
  const chunkHeight = isTiled
    ? firstValue(TILE_HEIGHT, 0)
    : Math.min(height, firstValue(ROWS_PER_STRIP, height));
  checkImageSize("TIFF", chunkWidth, chunkHeight);
  const offsets = tags.get(isTiled ? TILE_OFFSETS : STRIP_OFFSETS) ?? [];
  const lengths = tags.get(isTiled ? TILE_BYTES : STRIP_BYTES) ?? [];
  const columns = Math.ceil(width / chunkWidth);
  const chunkRows = Math.ceil(height / chunkHeight);
  if (offsets.length < columns * chunkRows) throw new Error("the TIFF is damaged or cut off");
  const toRgba = colorConverter(photometric, samples, tags.get(COLOR_MAP));
  const data = new Uint8Array(4 * width * height);
  for (let chunk = 0; chunk < columns * chunkRows; chunk += 1) {
    const left = (chunk % columns) * chunkWidth;
    const top = Math.floor(chunk / columns) * chunkHeight;
    const layout: ChunkLayout = {
      width: chunkWidth,
      rows: isTiled ? chunkHeight : Math.min(chunkHeight, height - top),
      samples,
      sampleBytes: bits === 16 ? 2 : 1,
      compression: firstValue(COMPRESSION, 1),
      predictor: firstValue(PREDICTOR, 1),
      littleEndian,
    };
    const start = offsets[chunk] ?? 0;
    const values = readChunk(bytes.subarray(start, start + (lengths[chunk] ?? bytes.byteLength)), layout);
    for (let y = 0; y < layout.rows && top + y < height; y += 1) {
      for (let x = 0; x < chunkWidth && left + x < width; x += 1) {
        toRgba(values, (y * chunkWidth + x) * samples, data, 4 * ((top + y) * width + left + x));
      }
    }
  }
  return { data, width, height };
}

/** Reads the integer values of the first image file directory (IFD) by tag. Other IFDs and sub-IFDs are not read. */
function readTags(bytes: Uint8Array, littleEndian: boolean): Map<number, number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tags = new Map<number, number[]>();
  try {
    const directory = view.getUint32(4, littleEndian);
    const count = view.getUint16(directory, littleEndian);
    for (let offset = directory + 2; offset < directory + 2 + 12 * count; offset += 12) {
      const type = view.getUint16(offset + 2, littleEndian);
      const size = TYPE_BYTES[type];
      const length = view.getUint32(offset + 4, littleEndian);
      if (size === undefined || length > MAX_VALUES) continue;
      const start = length * size <= 4 ? offset + 8 : view.getUint32(offset + 8, littleEndian);
      const values = Array.from({ length }, (_, i) => {
        if (size === 1) return view.getUint8(start + i);
        return size === 2
          ? view.getUint16(start + 2 * i, littleEndian)
          : view.getUint32(start + 4 * i, littleEndian);
      });
      tags.set(view.getUint16(offset, littleEndian), values);
    }
  } catch (error) {
    throw new Error("the TIFF is damaged or cut off", { cause: error });
  }
  return tags;
}

/** Decompresses a chunk. @returns the 8 high bits of each sample */
function readChunk(compressed: Uint8Array, layout: ChunkLayout): Uint8Array {
  const { width, rows, samples, sampleBytes, compression, predictor, littleEndian } = layout;
  const rowSamples = width * samples;
  const size = rowSamples * rows * sampleBytes;
  const decompressed = decompress(compressed, size, compression);
  if (sampleBytes === 1) {
    const values = decompressed.slice(0, size);
    if (predictor === 2) undoPredictor(values, rowSamples, samples, 0xff);
    return values;
  }
  const view = new DataView(decompressed.buffer, decompressed.byteOffset, size);
  const samples16 = Uint16Array.from({ length: size / 2 }, (_, i) => view.getUint16(2 * i, littleEndian));
  if (predictor === 2) undoPredictor(samples16, rowSamples, samples, 0xffff);
  return Uint8Array.from(samples16, (value) => value >> 8);
}

/** Reverses the horizontal predictor (TIFF 6.0, section 14), which stores differences between neighbouring pixels. */
function undoPredictor(
  values: Uint8Array | Uint16Array,
  rowSamples: number,
  samples: number,
  mask: number,
): void {
  for (let row = 0; row < values.length; row += rowSamples) {
    for (let i = row + samples; i < row + rowSamples; i += 1) {
      values[i] = ((values[i] ?? 0) + (values[i - samples] ?? 0)) & mask;
    }
  }
}

/** @throws Error for fewer than `size` bytes of data */
function decompress(compressed: Uint8Array, size: number, compression: number): Uint8Array {
  const decompressed = decompressUnchecked(compressed, size, compression);
  if (decompressed.byteLength < size) throw new Error("the TIFF is damaged or cut off");
  return decompressed;
}

function decompressUnchecked(compressed: Uint8Array, size: number, compression: number): Uint8Array {
  switch (compression) {
    case 1:
      return compressed;
    case 5:
      return decodeLzw(compressed, size);
    case 8:
    case 32946:
      try {
        return inflateSync(compressed, { maxOutputLength: size + 65_536 });
      } catch (error) {
        throw new Error("the TIFF is damaged or cut off", { cause: error });
      }
    case 32773:
      return decodePackBits(compressed, size);
    default:
      throw new Error("the TIFF has an unsupported compression; save it as PNG");
  }
}

/** Decodes PackBits run-length encoding (TIFF 6.0, section 9). */
function decodePackBits(compressed: Uint8Array, size: number): Uint8Array {
  const decompressed = new Uint8Array(size);
  let filled = 0;
  for (let offset = 0; offset < compressed.byteLength && filled < size; ) {
    const header = compressed[offset] ?? 0;
    offset += 1;
    const count = Math.min(header < 128 ? header + 1 : 257 - header, size - filled);
    if (header === 128) continue;
    if (header < 128) {
      decompressed.set(compressed.subarray(offset, offset + count), filled);
      offset += header + 1;
    } else {
      decompressed.fill(compressed[offset] ?? 0, filled, filled + count);
      offset += 1;
    }
    filled += count;
  }
  return decompressed.subarray(0, filled);
}

/** Decodes LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, high bits first; 256 clears the table and 257 ends. */
function decodeLzw(compressed: Uint8Array, size: number): Uint8Array {
  const CLEAR = 256;
  const END = 257;
  const decompressed = new Uint8Array(size);
  // Each table entry is a range of the output.
  const starts = new Int32Array(4096);
  const lengths = new Int32Array(4096);
  let filled = 0;
  let entries = 258;
  let width = 9;
  let previous: { start: number; length: number } | undefined;
  let bits = 0;
  let bitBuffer = 0;
  for (const byte of compressed) {
    bitBuffer = ((bitBuffer << 8) | byte) & 0xffffff;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = (bitBuffer >> bits) & ((1 << width) - 1);
    if (code === END || filled >= size) break;
    if (code === CLEAR) {
      entries = 258;
      width = 9;
      previous = undefined;
      continue;
    }
    const start = filled;
    if (code < 256) {
      decompressed[filled] = code;
      filled += 1;
    } else {
      const isNew = code === entries && previous !== undefined;
      if (code >= entries && !isNew) break;
      const from = isNew ? (previous?.start ?? 0) : (starts[code] ?? 0);
      const length = isNew ? (previous?.length ?? 0) + 1 : (lengths[code] ?? 0);
      // Copied byte by byte, because the ranges overlap: a new entry is the previous one plus its own first byte.
      for (let i = 0; i < length && filled < size; i += 1, filled += 1)
        decompressed[filled] = decompressed[from + i] ?? 0;
    }
    if (previous !== undefined && entries < 4096) {
      starts[entries] = previous.start;
      lengths[entries] = previous.length + 1;
      entries += 1;
    }
    previous = { start, length: filled - start };
    width = entries >= 2047 ? 12 : entries >= 1023 ? 11 : entries >= 511 ? 10 : 9;
  }
  return decompressed.subarray(0, filled);
}

type ToRgba = (values: Uint8Array, offset: number, data: Uint8Array, to: number) => void;

function colorConverter(photometric: number, samples: number, map: readonly number[] | undefined): ToRgba {
  const alpha = (values: Uint8Array, offset: number, colors: number): number =>
    samples > colors ? (values[offset + colors] ?? 255) : 255;
  switch (photometric) {
    case 2:
      return (values, offset, data, to) => {
        for (let c = 0; c < 3; c += 1) data[to + c] = values[offset + c] ?? 0;
        data[to + 3] = alpha(values, offset, 3);
      };
    case 3:
      return (values, offset, data, to) => {
        for (let c = 0; c < 3; c += 1) data[to + c] = (map?.[256 * c + (values[offset] ?? 0)] ?? 0) >> 8;
        data[to + 3] = 255;
      };
    case 5:
      return (values, offset, data, to) => {
        const white = 255 - (values[offset + 3] ?? 0);
        for (let c = 0; c < 3; c += 1)
          data[to + c] = Math.round(((255 - (values[offset + c] ?? 0)) * white) / 255);
        data[to + 3] = 255;
      };
    default:
      return (values, offset, data, to) => {
        const grey = values[offset] ?? 0;
        data.fill(photometric === 0 ? 255 - grey : grey, to, to + 3);
        data[to + 3] = alpha(values, offset, 1);
      };
  }
}
