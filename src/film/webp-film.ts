import type { PixelImage } from "../native/pixel-image.ts";
import { type FilmSettings, type FilmWriter, frameTimeMs, type WriteAt } from "./film-writer.ts";

/** Of libwebp, 0 to 100: at 1280x720 a surface takes 15 kB a frame; with 75 10 kB, without loss 27 kB and four times the time. */
const QUALITY = 90;

/** Flags of VP8X. */
const ANIMATION = 0x02;
const ALPHA = 0x10;
/** Flag of ANMF: a frame replaces the previous one, and is not blended with it. */
const NO_BLENDING = 0x02;
/** Bytes of the chunks before the first frame: RIFF, VP8X, ANIM. */
const HEADER_BYTES = 12 + 18 + 14;

/** An animated WebP, which repeats forever (https://developers.google.com/speed/webp/docs/riff_container). */
export class WebpFilm implements FilmWriter {
  readonly #settings: FilmSettings;
  readonly #write: WriteAt;
  #frames = 0;
  #bytes = HEADER_BYTES;

  constructor(settings: FilmSettings, write: WriteAt) {
    this.#settings = settings;
    this.#write = write;
    write(this.#header(), 0);
  }

  async add(image: PixelImage): Promise<void> {
    const n = this.#frames;
    this.#frames += 1;
    const { fps, size, transparent } = this.#settings;
    const picture = await new Bun.Image(bitmapOf(image, transparent)).webp({ quality: QUALITY }).bytes();
    const frame = Buffer.alloc(16);
    frame.writeUIntLE(size[0] - 1, 6, 3);
    frame.writeUIntLE(size[1] - 1, 9, 3);
    frame.writeUIntLE(frameTimeMs(n + 1, fps) - frameTimeMs(n, fps), 12, 3);
    frame.writeUInt8(NO_BLENDING, 15);
    const bytes = chunk("ANMF", Buffer.concat([frame, ...imageChunks(picture)]));
    this.#write(bytes, this.#bytes);
    this.#bytes += bytes.length;
  }

  finish(): void {
    this.#write(this.#header(), 0);
  }

  close(): void {}

  #header(): Uint8Array {
    const { size, transparent } = this.#settings;
    const riff = Buffer.from("RIFF\0\0\0\0WEBP", "latin1");
    riff.writeUInt32LE(this.#bytes - 8, 4);
    const extended = Buffer.alloc(10);
    extended.writeUInt8(ANIMATION | (transparent ? ALPHA : 0), 0);
    extended.writeUIntLE(size[0] - 1, 4, 3);
    extended.writeUIntLE(size[1] - 1, 7, 3);
    return Buffer.concat([riff, chunk("VP8X", extended), chunk("ANIM", Buffer.alloc(6))]);
  }
}

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(8 + content.length + (content.length % 2));
  bytes.write(type, "latin1");
  bytes.writeUInt32LE(content.length, 4);
  bytes.set(content, 8);
  return bytes;
}

/** The chunks of a still WebP that a frame has: ALPH, and VP8 or VP8L. */
function imageChunks(picture: Uint8Array): Uint8Array[] {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.length);
  const chunks: Uint8Array[] = [];
  for (let at = 12; at + 8 <= picture.length; ) {
    const size = 8 + view.getUint32(at + 4, true);
    const padded = size + (size % 2);
    const type = Buffer.from(picture.subarray(at, at + 4)).toString("latin1");
    if (["ALPH", "VP8 ", "VP8L"].includes(type)) chunks.push(picture.subarray(at, at + padded));
    at += padded;
  }
  return chunks;
}

/** Offset of the pixels in a bitmap: BITMAPFILEHEADER and BITMAPV4HEADER. */
const BITMAP_HEADER_BYTES = 14 + 108;

/** The pixels as an uncompressed BMP, which Bun.Image reads: it does not accept pixels. */
function bitmapOf({ data, width, height, bottomUp }: PixelImage, alpha: boolean): Uint8Array<ArrayBuffer> {
  const bitmap = new Uint8Array(BITMAP_HEADER_BYTES + data.length);
  const header = new DataView(bitmap.buffer);
  header.setUint16(0, 0x424d);
  header.setUint32(2, bitmap.length, true);
  header.setUint32(10, BITMAP_HEADER_BYTES, true);
  header.setUint32(14, 108, true);
  header.setInt32(18, width, true);
  header.setInt32(22, bottomUp ? height : -height, true);
  header.setUint16(26, 1, true);
  header.setUint16(28, 32, true);
  // BI_BITFIELDS, with the masks of red, green, blue and alpha.
  header.setUint32(30, 3, true);
  header.setUint32(34, data.length, true);
  const masks = [0xff, 0xff00, 0xff0000, alpha ? 0xff000000 : 0];
  for (const [i, mask] of masks.entries()) header.setUint32(54 + 4 * i, mask, true);
  bitmap.set(data, BITMAP_HEADER_BYTES);
  return bitmap;
}
