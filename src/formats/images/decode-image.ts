import { PNG } from "pngjs";
import { decodeJpeg } from "../../native/jpeg.ts";
import { checkImageSize, MAX_PIXELS, type RgbaImage } from "./rgba-image.ts";

/**
 * Decodes an image, whose format is detected from its content: PNG, JPEG (also CMYK), WebP (lossy, lossless, alpha; also
 * for EXT_texture_webp), BMP, GIF (first frame), TIFF and TGA. `Bun.Image`, which the compiled executable contains too,
 * decodes CMYK JPEG, WebP, BMP and GIF.
 *
 * @throws Error with a message for people; also for more than 8192 x 8192 pixels
 */
export async function decodeImage(bytes: Uint8Array): Promise<RgbaImage> {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return decodePng(bytes);
  if (startsWith(bytes, "\xff\xd8\xff"))
    return isCmykJpeg(bytes) ? decodeWithBun(bytes, "JPEG") : decodeRgbJpeg(bytes);
  if (startsWith(bytes, "RIFF") && startsWith(bytes.subarray(8), "WEBP")) return decodeWithBun(bytes, "WebP");
  if (startsWith(bytes, "BM")) return decodeWithBun(bytes, "BMP");
  if (startsWith(bytes, "GIF8")) return decodeWithBun(bytes, "GIF");
  if (startsWith(bytes, "II*\0") || startsWith(bytes, "MM\0*"))
    return (await import("./tiff.ts")).decodeTiff(bytes);
  const unsupported = unsupportedFormat(bytes);
  if (unsupported !== undefined) {
    throw new Error(`it is ${unsupported} picture, which cannot be read; save it as PNG, JPEG or WebP`);
  }
  const tga = await import("./tga.ts");
  if (tga.isTga(bytes)) return tga.decodeTga(bytes);
  throw new Error(
    "it is not a PNG, JPEG, WebP, BMP, GIF, TIFF or TGA image; other formats cannot be textures",
  );
}

/** Detects image formats that have no decoder here. @returns the name with its article */
function unsupportedFormat(bytes: Uint8Array): string | undefined {
  // ISO base media file format: size of the first box, "ftyp", major brand.
  if (startsWith(bytes.subarray(4), "ftypavi")) return "an AVIF";
  if (startsWith(bytes.subarray(4), "ftyphei") || startsWith(bytes.subarray(4), "ftypmif1")) return "a HEIF";
  if (startsWith(bytes, "\x76\x2f\x31\x01")) return "an OpenEXR";
  if (startsWith(bytes, "#?RADIANCE")) return "a Radiance HDR";
  if (startsWith(bytes, "DDS ")) return "a DDS";
  return undefined;
}

function decodePng(bytes: Uint8Array): RgbaImage {
  if (bytes.byteLength < 33) throw new Error("the PNG is cut off");
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkImageSize("PNG", header.getUint32(16), header.getUint32(20));
  try {
    const png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, pngLength(header)));
    return { data: png.data, width: png.width, height: png.height };
  } catch (error) {
    throw new Error("the PNG is damaged or cut off", { cause: error });
  }
}

/** Size of the PNG up to the end of its IEND chunk. pngjs rejects trailing bytes, such as the padding of a glTF buffer view. */
function pngLength(png: DataView): number {
  const IEND = 0x49454e44;
  for (let at = 8; at + 12 <= png.byteLength; at += 12 + png.getUint32(at)) {
    if (png.getUint32(at + 4) === IEND) return at + 12;
  }
  return png.byteLength;
}

function decodeRgbJpeg(bytes: Uint8Array): RgbaImage {
  try {
    return decodeJpeg(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new Error(`the JPEG cannot be read: ${reason}`, { cause: error });
  }
}

/** Whether a JPEG has four components, which libjpeg-turbo can only decode to CMYK. */
function isCmykJpeg(bytes: Uint8Array): boolean {
  // Each segment: FF, marker, length of the rest (2 bytes, big-endian, including these two).
  for (let at = 2; at + 9 < bytes.byteLength && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return bytes[at + 9] === 4;
    at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return false;
}

async function decodeWithBun(bytes: Uint8Array, kind: string): Promise<RgbaImage> {
  try {
    // Bun.Image returns encoded images only; an uncompressed PNG is the cheapest to decode again.
    const image = new Bun.Image(bytes, { maxPixels: MAX_PIXELS, autoOrient: false });
    return decodePng(await image.png({ compressionLevel: 0 }).bytes());
  } catch (error) {
    const tooLarge = (error as { code?: unknown }).code === "ERR_IMAGE_TOO_MANY_PIXELS";
    throw new Error(
      tooLarge
        ? `the ${kind} has more than the ${MAX_PIXELS} pixels that are read; make it smaller`
        : `the ${kind} is damaged, cut off or of an unsupported kind; save it as PNG`,
      { cause: error },
    );
  }
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i += 1) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}
