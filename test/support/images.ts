import { PNG } from "pngjs";

/** An RGBA image, rows top-down. */
export interface RgbaImage {
  width: number;
  height: number;
  data: Uint8Array;
}

export function decodePng(bytes: Uint8Array): RgbaImage {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data };
}

/**
 * Share of pixels, 0 to 1, that differ by more than `tolerance` (of 255) in a color channel. The tolerance is for edges, which depend on
 * antialiasing and on JPEG's ringing; flat areas must agree.
 *
 * @throws Error if the sizes differ
 */
export function differingShare(a: RgbaImage, b: RgbaImage, tolerance = 24): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`Cannot compare images of ${a.width}x${a.height} and ${b.width}x${b.height}.`);
  }
  let differing = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const differs = [0, 1, 2].some(
      (c) => Math.abs((a.data[at + c] ?? 0) - (b.data[at + c] ?? 0)) > tolerance,
    );
    if (differs) differing++;
  }
  return differing / (a.width * a.height);
}
