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
      `the ${kind} has ${width}x${height} pixels, more than the ${MAX_PIXELS} that are read; make it smaller`,
    );
  }
}
