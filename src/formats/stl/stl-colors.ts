import type { Vec3 } from "../../geometry/coordinates.ts";
import { linearFromSrgb } from "../srgb.ts";
import { STL_COLOR_OFFSET, STL_TRIANGLE_BYTES } from "./stl-layout.ts";

/** How the attributes of triangles are colors: 5 bits per component, and a bit that says whether the triangle has one. */
export interface StlColors {
  /** The first bit of red, green and blue. */
  readonly shifts: readonly [number, number, number];
  /** Bit 15 of a triangle with a color of its own. */
  readonly ownBit: 0 | 0x8000;
  /** Linear color of the other triangles. */
  readonly defaultColor: Vec3;
}

const DEFAULT_COLOR: Vec3 = [0.5, 0.5, 0.5];
/** Number of triangles of which all must have bit 15 set: programs that fill the attribute with other values rarely set it in all. */
export const CHECKED_TRIANGLES = 1000;

/**
 * Detects colors. Materialise Magics has "COLOR=" and a default color as RGBA bytes in the header, and red in the lowest bits. VisCAM and
 * SolidView have blue in the lowest bits, and bit 15 set in each triangle with a color; an attribute that is the same in all of them
 * (0xffff) is not a color.
 *
 * @param triangles the first triangles of the file
 */
export function stlColors(header: Uint8Array, triangles: Uint8Array): StlColors | undefined {
  const offset = String.fromCharCode(...header.subarray(0, 80)).indexOf("COLOR=");
  if (offset !== -1 && offset + 10 <= 80) {
    const component = (i: number): number => linearFromSrgb((header[offset + 6 + i] ?? 0) / 255);
    return { shifts: [0, 5, 10], ownBit: 0, defaultColor: [component(0), component(1), component(2)] };
  }
  const count = Math.min(CHECKED_TRIANGLES, Math.floor(triangles.length / STL_TRIANGLE_BYTES));
  const attributes = Array.from({ length: count }, (_, i) => {
    const at = i * STL_TRIANGLE_BYTES + STL_COLOR_OFFSET;
    return (triangles[at] ?? 0) | ((triangles[at + 1] ?? 0) << 8);
  });
  const areColors = attributes.every((bits) => bits >= 0x8000) && new Set(attributes).size > 1;
  return areColors ? { shifts: [10, 5, 0], ownBit: 0x8000, defaultColor: DEFAULT_COLOR } : undefined;
}

/**
 * Converts attributes to linear colors of the corners, in place. A triangle of Magics with no bit set has the default color.
 *
 * @param colors nine values per triangle, the first of which is its attribute
 */
export function decodeColors(
  colors: Float32Array,
  { shifts, ownBit, defaultColor }: StlColors,
): Float32Array {
  const levels = Float32Array.from({ length: 32 }, (_, level) => linearFromSrgb(level / 31));
  for (let start = 0; start < colors.length; start += 9) {
    const bits = colors[start] ?? 0;
    const hasColor = bits !== 0 && (bits & 0x8000) === ownBit;
    for (let i = 0; i < 3; i += 1) {
      const value = hasColor ? (levels[(bits >> (shifts[i] ?? 0)) & 31] ?? 0) : (defaultColor[i] ?? 0);
      for (let corner = 0; corner < 3; corner += 1) colors[start + 3 * corner + i] = value;
    }
  }
  return colors;
}
