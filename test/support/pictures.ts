import { PNG } from "pngjs";

/** RGBA, rows top-down. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

export function decodePng(bytes: Uint8Array): Picture {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data };
}

/**
 * The share of pixels, 0 to 1, that differ by more than `tolerance` (of 255) in a colour channel. Throws where the sizes differ.
 * Edges fall differently with and without antialiasing, and JPEG rings beside them; flat parts must agree.
 */
export function differingShare(a: Picture, b: Picture, tolerance = 24): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`Pictures of ${a.width}x${a.height} and ${b.width}x${b.height} can not be compared.`);
  }
  let differing = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const far = [0, 1, 2].some((c) => Math.abs((a.data[at + c] ?? 0) - (b.data[at + c] ?? 0)) > tolerance);
    if (far) differing++;
  }
  return differing / (a.width * a.height);
}
