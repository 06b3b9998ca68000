/** Pixels as RGBA bytes, rows top-down, tightly packed. */
export interface RgbaImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Maximum number of pixels of a decoded image: 256 MiB as RGBA. It is checked before pixels are allocated, because a file
 * of 100 bytes can declare 2^64 of them.
 */
export const MAX_PIXELS = 8192 * 8192;

/** @throws Error if an image has no pixels or more than `MAX_PIXELS` */
export function checkImageSize(kind: string, width: number, height: number): void {
  if (width < 1 || height < 1) throw new Error(`the ${kind} has ${width}x${height} pixels: it is damaged`);
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `the ${kind} has ${width}x${height} pixels, more than the limit of ${MAX_PIXELS}; make it smaller`,
    );
  }
}

/** Maximum size of an encoded image file, bytes. */
export const MAX_IMAGE_BYTES = 256 * 2 ** 20;

/** SwiftShader's maximum texture size is 8192, and a streamed frame shows no more detail than this. */
const MAX_TEXTURE_SIZE = 4096;

/** Halves an image until it has at most 4096x4096 pixels. */
export function limitTextureSize(image: RgbaImage): RgbaImage {
  let limited = image;
  while (Math.max(limited.width, limited.height) > MAX_TEXTURE_SIZE) limited = halve(limited);
  return limited;
}

function halve({ data, width, height }: RgbaImage): RgbaImage {
  const newWidth = Math.max(1, width >> 1);
  const newHeight = Math.max(1, height >> 1);
  const out = new Uint8Array(newWidth * newHeight * 4);
  for (let y = 0; y < newHeight; y += 1) {
    const top = Math.min(2 * y, height - 1) * width;
    const bottom = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < newWidth; x += 1) {
      const left = Math.min(2 * x, width - 1);
      const right = Math.min(2 * x + 1, width - 1);
      for (let c = 0; c < 4; c += 1) {
        const sum =
          (data[(top + left) * 4 + c] ?? 0) +
          (data[(top + right) * 4 + c] ?? 0) +
          (data[(bottom + left) * 4 + c] ?? 0) +
          (data[(bottom + right) * 4 + c] ?? 0);
        out[(y * newWidth + x) * 4 + c] = (sum + 2) >> 2;
      }
    }
  }
  return { data: out, width: newWidth, height: newHeight };
}
