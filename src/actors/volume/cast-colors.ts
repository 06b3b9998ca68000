import { DataError } from "../../formats/load-error.ts";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import { CAST_COLORS } from "../../native/volume-bricks.ts";
import { colorsOf } from "./volume-colors.ts";
import type { VoxelGrid } from "./voxel-grid.ts";

/** Opacity of values, both 0 to 1 over the range of values: value and opacity of each node, with linear interpolation. */
type OpacityCurve = readonly (readonly [value: number, opacity: number])[];

/** Low values, such as air and noise, are transparent, and those of tissue translucent. */
const DEFAULT_CURVE: OpacityCurve = [
  [0.15, 0],
  [0.5, 0.06],
  [1, 0.4],
];

/** The length of a ray over which a value has the opacity of the curve, as a share of the volume's mean side. */
const REFERENCE_LENGTH = 1 / 256;

/** Colors and opacities of values for ray casting. */
export interface CastColors {
  readonly mode: "maximum" | "lit";
  /** Whether a value, 0 to 255, shows anything. */
  readonly isVisible: (value: number) => boolean;
  /** Returns the table of `BrickCaster.cast`. @param step distance of two samples, in the unit of the grid */
  table(step: number): Float32Array;
}

/** @throws DataError for an invalid opacity curve */
export function castColors(grid: VoxelGrid, style: VolumeStyle): CastColors {
  const { mip = false, color, colormap = "gray", opacityCurve } = style;
  const colors = colorsOf(color ?? colormap);
  const curve = opacityCurve === undefined ? DEFAULT_CURVE : parseOpacityCurve(opacityCurve);
  const side = grid.spacing.reduce((sum, length, axis) => sum + (length * (grid.dims[axis] ?? 1)) / 3, 0);
  const tables = new Map<number, Float32Array>();
  return {
    mode: mip ? "maximum" : "lit",
    // Between two values of 255, the table has three more entries.
    isVisible: (value) =>
      mip ? value > 0 : [-1, -0.5, 0, 0.5, 1].some((part) => opacityAt(curve, (value + part) / 255) > 0),
    table(step) {
      let table = tables.get(step);
      if (table === undefined) {
        table = new Float32Array(4 * CAST_COLORS);
        const steps = step / (side * REFERENCE_LENGTH);
        for (let i = 0; i < CAST_COLORS; i += 1) {
          const value = i / (CAST_COLORS - 1);
          const at = 3 * Math.round(255 * value);
          for (let c = 0; c < 3; c += 1) table[4 * i + c] = (colors[at + c] ?? 0) / 255;
          table[4 * i + 3] = 1 - (1 - opacityAt(curve, value)) ** steps;
        }
        tables.set(step, table);
      }
      return table;
    },
  };
}

function opacityAt(curve: OpacityCurve, value: number): number {
  const [first = [0, 0]] = curve;
  let before = first;
  for (const node of curve) {
    if (value < node[0]) {
      const part = node === first ? 0 : (value - before[0]) / (node[0] - before[0]);
      return before[1] + (node[1] - before[1]) * part;
    }
    before = node;
  }
  return before[1];
}

/** Parses "0.2,0,0.8,0.5": values, and the opacity of each. */
function parseOpacityCurve(text: string): OpacityCurve {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const curve = numbers.flatMap((value, i) =>
    i % 2 === 0 ? [[value, numbers[i + 1] ?? Number.NaN] as const] : [],
  );
  const isValid = curve.every(
    ([value, opacity], i) =>
      opacity >= 0 && opacity <= 1 && value >= 0 && value <= 1 && value >= (curve[i - 1]?.[0] ?? 0),
  );
  if (!isValid) {
    throw new DataError(
      `the opacity curve "${text}" is not valid: write values and their opacities, from 0 to 1, such as 0.2,0,0.8,0.5`,
    );
  }
  return curve;
}
