/** Pixels as RGBA bytes, rows top-down, tightly packed. */
export interface RgbaImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** 256 MiB as RGBA. Sizes are compared with it before pixels are allocated: a file of 100 bytes can declare 2^64. */
export const MAX_PIXELS = 8192 * 8192;

/** @throws Error when there are more pixels than a texture may have, or none */
export function checkPictureSize(kind: string, width: number, height: number): void {
  if (width < 1 || height < 1) throw new Error(`the ${kind} has ${width}x${height} pixels: it is damaged`);
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `the ${kind} has ${width}x${height} pixels, more than the ${MAX_PIXELS} that are read; make it smaller`,
    );
  }
}
