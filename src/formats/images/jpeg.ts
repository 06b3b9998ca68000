import { decodeJpeg } from "../../native/jpeg.ts";
import { startsWith } from "../starts-with.ts";
import { decodeWithBun } from "./bun-image.ts";
import type { ImageFormat } from "./image-format.ts";
import type { RgbaImage } from "./rgba-image.ts";

export const jpeg: ImageFormat = {
  name: "JPEG",
  detect: (bytes) => startsWith(bytes, "\xff\xd8\xff"),
  decode: (bytes) => (isCmyk(bytes) ? decodeWithBun(bytes, "JPEG") : decodeRgb(bytes)),
};

function decodeRgb(bytes: Uint8Array): RgbaImage {
  try {
    return decodeJpeg(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new Error(`the JPEG cannot be read: ${reason}`, { cause: error });
  }
}

/** Whether a JPEG has four components. libjpeg-turbo decodes those to CMYK only. */
function isCmyk(bytes: Uint8Array): boolean {
  // Each segment: FF, marker, length of the rest (2 bytes, big-endian, including these two).
  for (let offset = 2; offset + 9 < bytes.byteLength && bytes[offset] === 0xff; ) {
    const marker = bytes[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return bytes[offset + 9] === 4;
    offset += 2 + (((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0));
  }
  return false;
}
