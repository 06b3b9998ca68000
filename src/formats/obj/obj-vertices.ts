import type { Vertices } from "../data-kinds.ts";
import { linearFromSrgb } from "../srgb.ts";
import type { ObjData } from "./obj-data.ts";

/** Gathers the positions and colors of selected vertices; colors are converted to linear sRGB. */
export class ObjVertices {
  readonly #positions: Float32Array;
  readonly #colors: Float32Array | undefined;

  constructor({ positions, colors }: ObjData) {
    this.#positions = positions;
    this.#colors = colors && linearColors(colors);
  }

  /** @param vertices default: all, without a copy */
  positionsAt(vertices: Int32Array | undefined): Float32Array {
    const positions = this.#positions;
    if (vertices === undefined) return positions;
    const chosen = new Float32Array(3 * vertices.length);
    for (let i = 0; i < vertices.length; i += 1) {
      const from = 3 * (vertices[i] ?? 0);
      chosen[3 * i] = positions[from] ?? 0;
      chosen[3 * i + 1] = positions[from + 1] ?? 0;
      chosen[3 * i + 2] = positions[from + 2] ?? 0;
    }
    return chosen;
  }

  /**
   * @param vertices default: all
   * @param fallback returns the color of a vertex without one in the file, by its index in `vertices`; undefined for white
   * @returns undefined if the file has no color for any of the vertices
   */
  colorsAt(
    vertices: Int32Array | undefined,
    fallback: (index: number) => readonly number[] | undefined,
  ): Float32Array | undefined {
    const fileColors = this.#colors;
    if (fileColors === undefined) return undefined;
    const count = vertices?.length ?? fileColors.length / 3;
    const colors = new Float32Array(3 * count);
    let found = false;
    for (let i = 0; i < count; i += 1) {
      const from = 3 * (vertices === undefined ? i : (vertices[i] ?? 0));
      found ||= !Number.isNaN(fileColors[from]);
      if (Number.isNaN(fileColors[from])) colors.set(fallback(i) ?? [1, 1, 1], 3 * i);
      else for (let c = 0; c < 3; c += 1) colors[3 * i + c] = fileColors[from + c] ?? 1;
    }
    return found ? colors : undefined;
  }

  /**
   * Makes the vertices of lines or points, with their own colors, or else those of their materials.
   *
   * @returns undefined if there are none
   */
  elements(
    vertices: Int32Array,
    materialColor: (index: number) => readonly number[] | undefined,
  ): Vertices | undefined {
    if (vertices.length === 0) return undefined;
    return {
      positions: this.positionsAt(vertices),
      colors: this.colorsAt(vertices, materialColor) ?? materialColors(vertices.length, materialColor),
    };
  }
}

function materialColors(
  count: number,
  colorOf: (index: number) => readonly number[] | undefined,
): Float32Array | undefined {
  let colors: Float32Array | undefined;
  for (let i = 0; i < count; i += 1) {
    const color = colorOf(i);
    if (color === undefined) continue;
    colors ??= new Float32Array(3 * count).fill(1);
    colors.set(color, 3 * i);
  }
  return colors;
}

/**
 * Converts sRGB colors to linear ones from 0 to 1. The range of the input (1, 255 or 65535) follows from its maximum.
 * NaN (no color) is kept.
 */
function linearColors(colors: Float32Array): Float32Array {
  let max = 1;
  let integers = true;
  for (const value of colors) {
    if (!Number.isFinite(value)) continue;
    max = Math.max(max, value);
    integers &&= Number.isInteger(value);
  }
  // Fractions slightly above 1 are overexposed colors in the range 0 to 1, not bytes.
  const scale = max <= (integers ? 1 : 2) ? 1 : max <= 255 ? 255 : 65_535;
  const linear = new Float32Array(colors.length);
  for (let i = 0; i + 2 < colors.length; i += 3) {
    const isColor = Number.isFinite((colors[i] ?? 0) + (colors[i + 1] ?? 0) + (colors[i + 2] ?? 0));
    for (let c = i; c < i + 3; c += 1) {
      linear[c] = isColor ? linearFromSrgb(Math.min(1, Math.max(0, (colors[c] ?? 0) / scale))) : Number.NaN;
    }
  }
  return linear;
}
