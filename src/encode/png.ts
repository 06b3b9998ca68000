import { addressOf, imageArguments, type PixelImage } from "../native/pixel-image.ts";
import { native } from "../native/symbols.ts";
import { runPoolJob } from "../native/worker-pool.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** PNG, section 11.2.2: colour types. */
const TRUECOLOR = 2;
const TRUECOLOR_WITH_ALPHA = 6;

/**
 * Encodes an image as PNG: 8-bit RGB (a rendered view is opaque, so alpha is dropped by default) or RGBA, not interlaced. The
 * pixels must not change until the promise settles. `alpha`: whether to keep the alpha of RGBA pixels, which must be straight (not
 * premultiplied). Rows are filtered on the native pool and compressed on zlib's own thread.
 * @throws RangeError (as a rejection) if size and buffer do not match
 */
export async function encodePng(image: PixelImage, { alpha = false } = {}): Promise<Uint8Array> {
  const { deflate, crc32 } = await import("node:zlib");
  const keepsAlpha = alpha && image.format === "rgba";
  const rows = await filterRows(image, keepsAlpha ? 4 : 3);
  const data = await new Promise<Uint8Array>((resolve, reject) => {
    deflate(rows, { level: 4 }, (error, result) => (error ? reject(error) : resolve(result)));
  });
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, image.width);
  header.setUint32(4, image.height);
  header.setUint8(8, 8);
  header.setUint8(9, keepsAlpha ? TRUECOLOR_WITH_ALPHA : TRUECOLOR);
  const chunk = (type: string, content: Uint8Array): Uint8Array => {
    const bytes = Buffer.alloc(12 + content.byteLength);
    bytes.writeUInt32BE(content.byteLength, 0);
    bytes.write(type, 4, "latin1");
    bytes.set(content, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.byteLength)), 8 + content.byteLength);
    return bytes;
  };
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Filters the rows on the pool's threads; see native/png_job.h. */
function filterRows(image: PixelImage, channels: 3 | 4): Promise<Uint8Array> {
  const rows = new Uint8Array(image.height * (1 + image.width * channels));
  return runPoolJob(
    (pool, id) =>
      native().sc_png_submit(pool, id, ...imageArguments(image), channels, addressOf(rows), rows.byteLength),
    () => rows,
    RangeError,
  );
}
