import { encodePngStrips } from "../encode/png.ts";
import { makeAlphaStraight } from "../encode/straight-alpha.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import { CommandError } from "./errors.ts";
import type { Size } from "./option-values.ts";

export type PictureFormat = "png" | "jpeg" | "webp";

/** Maximum width and height of a WebP, px. */
const MAX_WEBP_SIDE = 16383;

/** High enough to avoid ringing at text and thin lines. */
const JPEG_QUALITY = 92;

/** Encodes strips to chunks of the image file. Transparent strips, which must be PNG, are changed in place. */
export async function* encodePicture(
  size: Size,
  strips: Generator<PixelImage>,
  format: PictureFormat,
  transparent: boolean,
): AsyncGenerator<Uint8Array> {
  const [width, height] = size;
  if (format === "webp") {
    yield await encodeWebp(encodePicture(size, strips, "png", transparent), size);
    return;
  }
  if (format === "png") {
    yield* encodePngStrips({ width, height }, transparent ? withStraightAlpha(strips) : strips, {
      alpha: transparent,
    });
    return;
  }
  const { encodeJpegStrips } = await import("../encode/jpeg-strips.ts");
  yield* encodeJpegStrips({ width, height }, strips, { quality: JPEG_QUALITY });
}

/** Encodes a PNG as lossless WebP. */
async function encodeWebp(png: AsyncIterable<Uint8Array>, [width, height]: Size): Promise<Uint8Array> {
  if (Math.max(width, height) > MAX_WEBP_SIDE) {
    throw new CommandError(`A WebP has at most ${MAX_WEBP_SIDE} pixels per side: write a .png or .jpg.`, 2);
  }
  const bytes = await new Blob(await Array.fromAsync(png, (piece) => piece.slice())).arrayBuffer();
  return await new Bun.Image(bytes).webp({ lossless: true }).bytes();
}

function* withStraightAlpha(strips: Iterable<PixelImage>): Generator<PixelImage> {
  for (const strip of strips) {
    makeAlphaStraight(strip);
    yield strip;
  }
}
