import { linearFromSrgb } from "../srgb.ts";
import { bindScalars, type PlyTable } from "./ply-columns.ts";
import type { PlyType } from "./ply-header.ts";

const COLOR_NAMES = [
  ["red", "green", "blue"],
  ["r", "g", "b"],
  ["diffuse_red", "diffuse_green", "diffuse_blue"],
  ["ambient_red", "ambient_green", "ambient_blue"],
] as const;

/** The degree 0 coefficients of the spherical harmonics that store the color of Gaussian splats. */
const SPLAT_NAMES = ["f_dc_0", "f_dc_1", "f_dc_2"] as const;
/** Y(0, 0) = 1 / (2 sqrt(pi)), the constant basis function. */
const SPLAT_SCALE = 0.2820948;

export interface PlyColors {
  readonly values: Float32Array;
  readonly type: PlyType;
  readonly splats: boolean;
}

/** Binds the color properties of a table; their common names are tried in order. */
export function bindColors(table: PlyTable): PlyColors | undefined {
  for (const names of [...COLOR_NAMES, SPLAT_NAMES]) {
    const values = bindScalars(table, names, false);
    const type = table.element.properties.find(({ name }) => name === names[0])?.type;
    if (values !== undefined && type !== undefined) return { values, type, splats: names === SPLAT_NAMES };
  }
  return undefined;
}

/** Converts colors (sRGB, in the range of their type) to linear ones from 0 to 1, in place. */
export function linearColors({ values, type, splats }: PlyColors, rows: number): Float32Array {
  const colors = values.subarray(0, 3 * rows);
  const scale = splats ? SPLAT_SCALE : 1 / whiteOf(colors, type);
  const base = splats ? 0.5 : 0;
  const table = type === "uint8" || type === "int8" ? bytesToLinear() : undefined;
  for (let i = 0; i < colors.length; i += 1) {
    const value = colors[i] ?? 0;
    // Colors are never negative: values declared as signed bytes are unsigned.
    if (table !== undefined && !splats) colors[i] = table[value & 255] ?? 0;
    else colors[i] = linearFromSrgb(Math.min(1, Math.max(0, base + scale * value)) || 0);
  }
  return colors;
}

function bytesToLinear(): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => linearFromSrgb(byte / 255));
}

/** Returns the value of white. Files store colors of wider types in the range of the type, or in that of bytes. */
function whiteOf(colors: Float32Array, type: PlyType): number {
  if (type === "uint8" || type === "int8") return 255;
  let max = 0;
  for (const value of colors) if (value > max) max = value;
  // Floating-point colors may exceed 1 slightly. Values above 4 are in the range of bytes.
  if ((type === "float32" || type === "float64") && max <= 4) return 1;
  if (max <= 255) return 255;
  return Math.max(max, 65_535);
}
