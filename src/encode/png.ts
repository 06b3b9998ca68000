import { addressOf, imageArguments, type PixelImage } from "../native/pixel-image.ts";
import { native } from "../native/symbols.ts";
import { runPoolJob } from "../native/worker-pool.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** PNG, section 11.2.2: color types. */
const TRUECOLOR = 2;
const TRUECOLOR_WITH_ALPHA = 6;

/** Size of the blocks that the threads compress in parallel, bytes. */
const PART_BYTES = 1024 * 1024;
/** Window of deflate, bytes: the maximum distance of a back-reference. */
const WINDOW_BYTES = 32 * 1024;

/** RFC 1950: deflate with a window of 32 KiB, fast compression. */
const ZLIB_HEADER = Uint8Array.of(0x78, 0x5e);
/** RFC 1951: an empty last block. */
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

export interface PngOptions {
  /** Whether to keep the alpha of RGBA pixels, which must be straight (not premultiplied). Default false. */
  alpha?: boolean;
}

/**
 * Encodes an image as PNG: 8-bit RGB (a rendered view is opaque, so alpha is dropped by default) or RGBA, not interlaced. The
 * pixels must not change until the promise settles. Rows are filtered on the native pool and compressed on Bun's threads.
 * @throws RangeError (as a rejection) if size and buffer do not match
 */
export async function encodePng(image: PixelImage, options: PngOptions = {}): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(encodePngStrips(image, [image], options)));
}

/**
 * Encodes a picture as PNG and yields the file in chunks. Holds the filtered rows of at most two strips: while one is compressed, the
 * next is taken from `strips`.
 *
 * @param strips whole rows of the picture, from top to bottom; none has more rows than the first. The pixels of a strip may change once the next is requested.
 */
export async function* encodePngStrips(
  { width, height }: { width: number; height: number },
  strips: Iterable<PixelImage>,
  { alpha = false }: PngOptions = {},
): AsyncGenerator<Uint8Array> {
  yield SIGNATURE;
  let channels: 3 | 4 = 3;
  let checksum = 1;
  let window: Uint8Array = new Uint8Array(0);
  let parts: Promise<Uint8Array>[] = [];
  let isFirst = true;
  // Two, used in turn: 32768 columns have 50 MB of rows, which garbage collection would not free in time.
  const buffers: Uint8Array[] = [];
  for (const strip of strips) {
    if (isFirst) {
      channels = alpha && strip.format === "rgba" ? 4 : 3;
      yield header(width, height, channels === 4 ? TRUECOLOR_WITH_ALPHA : TRUECOLOR);
      yield chunk("IDAT", ZLIB_HEADER);
      isFirst = false;
    }
    const size = strip.height * (1 + strip.width * channels);
    const buffer = buffers.length < 2 ? undefined : buffers.shift();
    const rows = await filterRows(strip, channels, buffer?.subarray(0, size) ?? new Uint8Array(size));
    buffers.push(buffer ?? rows);
    const next: Promise<Uint8Array>[] = [];
    for (let start = 0; start < rows.length; start += PART_BYTES) {
      const part = rows.subarray(start, start + PART_BYTES);
      next.push(compress(part, window));
      window = part.slice(-WINDOW_BYTES);
    }
    for (const part of parts) yield chunk("IDAT", await part);
    checksum = joinAdler32(checksum, Bun.hash.adler32(rows), rows.length);
    parts = next;
  }
  for (const part of parts) yield chunk("IDAT", await part);
  const adler = Buffer.alloc(4);
  adler.writeUInt32BE(checksum);
  yield chunk("IDAT", Buffer.concat([LAST_BLOCK, adler]));
  yield chunk("IEND", new Uint8Array(0));
}

/** Compresses a part of a deflate stream up to a byte boundary (Z_SYNC_FLUSH), so that parts can be joined. */
async function compress(part: Uint8Array, window: Uint8Array): Promise<Uint8Array> {
  const { constants, deflateRaw } = await import("node:zlib");
  const options = {
    level: 4,
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(window.length > 0 && { dictionary: window }),
  };
  return new Promise((resolve, reject) => {
    deflateRaw(part, options, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Combines the Adler-32 checksums of two consecutive blocks of data, as zlib's adler32_combine. */
function joinAdler32(first: number, second: number, secondLength: number): number {
  const base = 65521;
  const low = ((first & 0xffff) + (second & 0xffff) + base - 1) % base;
  const repeated = ((secondLength % base) * ((first & 0xffff) + base - 1)) % base;
  const high = ((first >>> 16) + (second >>> 16) + repeated) % base;
  return high * 65536 + low;
}

function header(width: number, height: number, colorType: number): Uint8Array {
  const content = new DataView(new ArrayBuffer(13));
  content.setUint32(0, width);
  content.setUint32(4, height);
  content.setUint8(8, 8);
  content.setUint8(9, colorType);
  return chunk("IHDR", new Uint8Array(content.buffer));
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.byteLength);
  bytes.writeUInt32BE(content.byteLength, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(4, 8 + content.byteLength)), 8 + content.byteLength);
  return bytes;
}

/** Filters the rows into `rows` on the pool's threads; see native/png_job.h. */
function filterRows(image: PixelImage, channels: 3 | 4, rows: Uint8Array): Promise<Uint8Array> {
  return runPoolJob(
    (pool, id) =>
      native().sc_png_submit(pool, id, ...imageArguments(image), channels, addressOf(rows), rows.byteLength),
    () => rows,
    RangeError,
  );
}
