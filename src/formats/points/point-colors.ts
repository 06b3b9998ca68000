import { linearFromSrgb } from "../srgb.ts";

/**
 * Converts sRGB colors of points to linear ones from 0 to 1, in place.
 *
 * @param knownWhite value of white; default: 1, 255 or 65,535, the least that no value exceeds
 */
export function linearPointColors(colors: Float32Array, knownWhite?: number): Float32Array {
  let max = 0;
  let areIntegers = true;
  for (let i = 0; i < colors.length; i += 1) {
    const value = colors[i] ?? 0;
    if (value > max) max = value;
    areIntegers &&= value === Math.trunc(value);
  }
  const white = knownWhite ?? (max <= 1 ? 1 : max <= 255 ? 255 : Math.max(max, 65_535));
  // A table: a power for each of 30 million values needs 2 s.
  const table = areIntegers && white <= 65_535 ? linearTable(white) : undefined;
  for (let i = 0; i < colors.length; i += 1) {
    const value = Math.max(0, colors[i] ?? 0) || 0;
    colors[i] = table === undefined ? linearFromSrgb(Math.min(1, value / white)) : (table[value] ?? 0);
  }
  return colors;
}

/** The linear color of each integer up to white. */
function linearTable(white: number): Float32Array {
  return Float32Array.from({ length: white + 1 }, (_, value) => linearFromSrgb(value / white));
}
