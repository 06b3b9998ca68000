import { PNG } from "pngjs";
import { startsWith } from "../starts-with.ts";
import type { ImageFormat } from "./image-format.ts";
import { checkImageSize, type RgbaImage } from "./rgba-image.ts";

export const png: ImageFormat = {
  name: "PNG",
  detect: (bytes) => startsWith(bytes, "\x89PNG\r\n\x1a\n"),
  decode: decodePng,
};

export function decodePng(bytes: Uint8Array): RgbaImage {
  if (bytes.byteLength < 33) throw new Error("the PNG is cut off");
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkImageSize("PNG", header.getUint32(16), header.getUint32(20));
  try {
    const { data, width, height } = PNG.sync.read(
      Buffer.from(bytes.buffer, bytes.byteOffset, pngLength(header)),
    );
    return { data, width, height };
  } catch (error) {
    throw new Error("the PNG is damaged or cut off", { cause: error });
  }
}

/** Size of the PNG up to the end of its IEND chunk. pngjs rejects trailing bytes, such as the padding of a glTF buffer view. */
function pngLength(bytes: DataView): number {
  const IEND = 0x49454e44;
  for (let offset = 8; offset + 12 <= bytes.byteLength; offset += 12 + bytes.getUint32(offset)) {
    if (bytes.getUint32(offset + 4) === IEND) return offset + 12;
  }
  return bytes.byteLength;
}
