import { Color, DataTexture, FloatType, RGBAFormat, SRGBColorSpace } from "three";
import type { Label } from "../../formats/data-kinds.ts";
import { colormapTable } from "../../layers/colormap.ts";
import type { ScalarField } from "../../scalars/scalar-field.ts";

/** Width of a texture of colors. */
const WIDTH = 256;

/** The colors of several scalar fields: `first` row and number of `colors` of each. */
interface ColorTables {
  readonly texture: DataTexture;
  readonly fields: readonly { readonly row: number; readonly colors: number }[];
}

/**
 * Makes a texture of the colors of scalar fields: linear red, green, blue and opacity, for `texelFetch`. Float32, because decoding sRGB for
 * each fragment costs a software driver more than the bytes.
 */
export function makeColorTables(fields: readonly Pick<ScalarField, "colormap" | "labels">[]): ColorTables {
  const tables = fields.map(colorTexels);
  const rows = tables.map((table) => Math.ceil(table.length / 4 / WIDTH));
  const starts = rows.map((_, i) => rows.slice(0, i).reduce((sum, count) => sum + count, 0));
  const height = rows.reduce((sum, count) => sum + count, 0);
  const data = new Float32Array(4 * WIDTH * Math.max(1, height));
  for (const [i, table] of tables.entries()) data.set(table, 4 * WIDTH * (starts[i] ?? 0));
  const texture = new DataTexture(data, WIDTH, Math.max(1, height), RGBAFormat, FloatType);
  texture.needsUpdate = true;
  return {
    texture,
    fields: tables.map((table, i) => ({ row: starts[i] ?? 0, colors: table.length / 4 })),
  };
}

/** Returns the colors of a scalar field: linear red, green, blue and opacity of each. */
export function colorTexels({ colormap, labels }: Pick<ScalarField, "colormap" | "labels">): Float32Array {
  return labels === undefined ? colormapColors(colormap) : labelColors(labels);
}

function colormapColors(name: ScalarField["colormap"]): Float32Array {
  const table = colormapTable(name);
  const colors = new Float32Array((table.length / 3) * 4);
  for (let i = 0; i < table.length / 3; i += 1) {
    const [red = 0, green = 0, blue = 0] = table.subarray(3 * i, 3 * i + 3);
    colors.set([...linear(red / 255, green / 255, blue / 255), 1], 4 * i);
  }
  return colors;
}

function labelColors(labels: readonly Label[]): Float32Array {
  return new Float32Array(labels.flatMap(({ color: [r, g, b, alpha] }) => [...linear(r, g, b), alpha]));
}

function linear(red: number, green: number, blue: number): [number, number, number] {
  return new Color().setRGB(red, green, blue, SRGBColorSpace).toArray() as [number, number, number];
}
