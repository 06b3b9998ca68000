import { startsWith } from "../starts-with.ts";
import type { ImageFormat } from "./image-format.ts";
import { decodePng } from "./png.ts";
import { MAX_PIXELS, type RgbaImage } from "./rgba-image.ts";

/** WebP: lossy, lossless, with alpha; also for glTF's EXT_texture_webp. */
export const webp = bunFormat("WebP", (bytes) => {
  return startsWith(bytes, "RIFF") && startsWith(bytes.subarray(8), "WEBP");
});

export const bmp = bunFormat("BMP", (bytes) => startsWith(bytes, "BM"));

/** GIF; only the first frame of an animation is decoded. */
export const gif = bunFormat("GIF", (bytes) => startsWith(bytes, "GIF8"));

function bunFormat(name: string, detect: ImageFormat["detect"]): ImageFormat {
  return { name, detect, decode: (bytes) => decodeWithBun(bytes, name) };
}

/** Decodes an image with `Bun.Image`, which is part of the runtime and so of the compiled executable. */
export async function decodeWithBun(bytes: Uint8Array, name: string): Promise<RgbaImage> {
  try {
    // Bun.Image has no raw output; an uncompressed PNG is the cheapest to decode again.
    const image = new Bun.Image(bytes, { maxPixels: MAX_PIXELS, autoOrient: false });
    return decodePng(await image.png({ compressionLevel: 0 }).bytes());
  } catch (error) {
    const tooLarge = (error as { code?: unknown }).code === "ERR_IMAGE_TOO_MANY_PIXELS";
    throw new Error(
      tooLarge
        ? `the ${name} has more pixels than the limit of ${MAX_PIXELS}; make it smaller`
        : `the ${name} is damaged, cut off or of an unsupported kind; save it as PNG`,
      { cause: error },
    );
  }
}
