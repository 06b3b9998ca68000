import { startsWith } from "../starts-with.ts";
import { bmp, gif, webp } from "./bun-image.ts";
import type { ImageFormat } from "./image-format.ts";
import { jpeg } from "./jpeg.ts";
import { ktx2 } from "./ktx2.ts";
import { png } from "./png.ts";
import type { RgbaImage } from "./rgba-image.ts";
import { tga } from "./tga.ts";
import { tiff } from "./tiff.ts";

const IMAGE_FORMATS: readonly ImageFormat[] = [png, jpeg, webp, bmp, gif, tiff, tga, ktx2];

/**
 * Decodes an image. Its format is detected by content.
 *
 * @throws Error with a message for the user
 */
export async function decodeImage(bytes: Uint8Array): Promise<RgbaImage> {
  const format = IMAGE_FORMATS.find(({ detect }) => detect(bytes));
  if (format !== undefined) return format.decode(bytes);
  const unsupportedName = unsupportedFormat(bytes);
  if (unsupportedName !== undefined) {
    throw new Error(`it is ${unsupportedName} image, which is not supported; save it as PNG, JPEG or WebP`);
  }
  const names = IMAGE_FORMATS.map(({ name }) => name).join(", ");
  throw new Error(
    `it is not a ${names.replace(/, (?=[^,]*$)/, " or ")} image; other formats cannot be textures`,
  );
}

/** Detects image formats without a decoder. @returns the name with its article */
function unsupportedFormat(bytes: Uint8Array): string | undefined {
  // ISO base media file format: size of the first box, "ftyp", major brand.
  if (startsWith(bytes.subarray(4), "ftypavi")) return "an AVIF";
  if (startsWith(bytes.subarray(4), "ftyphei") || startsWith(bytes.subarray(4), "ftypmif1")) return "a HEIF";
  if (startsWith(bytes, "\x76\x2f\x31\x01")) return "an OpenEXR";
  if (startsWith(bytes, "#?RADIANCE")) return "a Radiance HDR";
  if (startsWith(bytes, "DDS ")) return "a DDS";
  return undefined;
}
