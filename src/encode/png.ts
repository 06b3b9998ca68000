import type { PixelImage } from "../native/jpeg.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Filter type 2, "Up": each byte is the difference to the one above (PNG, section 9.2). */
const FILTER_UP = 2;
/** Bytes that are filtered in one go, about a millisecond of the JavaScript thread. */
const CHUNK_BYTES = 1 << 19;

/** PNG, section 11.2.2: colour types. */
const TRUECOLOR = 2;
const TRUECOLOR_WITH_ALPHA = 6;

export interface PngOptions {
  /** Whether to keep the alpha of RGBA pixels, which must be straight (not premultiplied). Default false. */
  alpha?: boolean;
}

/**
 * Encodes a picture as PNG: 8 bit RGB (a rendered view is opaque, so alpha is dropped by default) or RGBA, not interlaced. The
 * pixels must not change until it settles; compression runs on zlib's own thread.
 */
export async function encodePng(image: PixelImage, { alpha = false }: PngOptions = {}): Promise<Uint8Array> {
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

/** Rows from the top, each behind its filter byte; lets other work in between. */
async function filterRows(image: PixelImage, outComponents: 3 | 4): Promise<Uint8Array> {
  const { data, width, height, bottomUp } = image;
  const components = image.format === "rgba" ? 4 : 3;
  const stride = width * components;
  const out = new Uint8Array(height * (1 + width * outComponents));
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_BYTES / (1 + width * outComponents)));
  const startOf = (y: number) => (bottomUp ? height - 1 - y : y) * stride;
  let to = 0;
  for (let y = 0; y < height; y++) {
    if (y > 0 && y % rowsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    out[to++] = y === 0 ? 0 : FILTER_UP;
    let from = startOf(y);
    // Row 0 has nothing above it: its filter is "None".
    let above = y === 0 ? -1 : startOf(y - 1);
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < outComponents; c++) {
        out[to++] = (data[from + c] ?? 0) - (above < 0 ? 0 : (data[above + c] ?? 0));
      }
      from += components;
      if (above >= 0) above += components;
    }
  }
  return out;
}
