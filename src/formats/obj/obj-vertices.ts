import type { Vec3 } from "../../geometry/coordinates.ts";
import type { Vertices } from "../data-kinds.ts";
import { linearFromSrgb } from "../srgb.ts";
import type { ObjData } from "./obj-parser.ts";

/** Copies the positions and colours of chosen vertices: positions relative to the origin, colours in linear sRGB. */
export class ObjVertices {
  readonly #positions: Float64Array;
  readonly #origin: Vec3;
  readonly #colors: Float32Array | undefined;

  constructor({ positions, colors }: ObjData, origin: Vec3) {
    this.#positions = positions;
    this.#origin = origin;
    this.#colors = colors === undefined ? undefined : linearColors(colors);
  }

  positionsAt(vertices: Int32Array): Float32Array {
    const relative = new Float32Array(3 * vertices.length);
    const [x, y, z] = this.#origin;
    const positions = this.#positions;
    for (let i = 0; i < vertices.length; i += 1) {
      const from = 3 * (vertices[i] ?? 0);
      relative[3 * i] = (positions[from] ?? 0) - x;
      relative[3 * i + 1] = (positions[from + 1] ?? 0) - y;
      relative[3 * i + 2] = (positions[from + 2] ?? 0) - z;
    }
    return relative;
  }

  /**
   * @param fallback returns the colour of a vertex without one in the file, by its index in `vertices`; undefined for white
   * @returns undefined if the file has no colour for any of the vertices
   */
  colorsAt(
    vertices: Int32Array,
    fallback: (index: number) => readonly number[] | undefined,
  ): Float32Array | undefined {
    const fileColors = this.#colors;
    if (fileColors === undefined || !vertices.some((vertex) => !Number.isNaN(fileColors[3 * vertex])))
      return undefined;
    const colors = new Float32Array(3 * vertices.length);
    for (let i = 0; i < vertices.length; i += 1) {
      const from = 3 * (vertices[i] ?? 0);
      if (Number.isNaN(fileColors[from])) colors.set(fallback(i) ?? [1, 1, 1], 3 * i);
      else for (let c = 0; c < 3; c += 1) colors[3 * i + c] = fileColors[from + c] ?? 1;
    }
    return colors;
  }

  /**
   * Makes the vertices of lines or points, with their own colours, or else those of their materials.
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
 * Converts sRGB colours to linear ones from 0 to 1. The range of the input (1, 255 or 65535) follows from its maximum.
 * NaN (no colour) is kept.
 */
function linearColors(colors: Float64Array): Float32Array {
  let max = 1;
  let integers = true;
  for (const value of colors) {
    if (!Number.isFinite(value)) continue;
    max = Math.max(max, value);
    integers &&= Number.isInteger(value);
  }
  // Fractions slightly above 1 are overexposed colours in the range 0 to 1, not bytes.
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
