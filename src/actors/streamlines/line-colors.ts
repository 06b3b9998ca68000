import { basename } from "node:path";
import { Color } from "three";
import type { DataArray, NumericArray } from "../../formats/data-kinds.ts";
import { DataError } from "../../formats/load-error.ts";
import { colormapTable } from "../../layers/colormap.ts";
import type { ColormapName } from "../../layers/colormap-names.ts";
import type { StreamlinesStyle } from "../../layers/layer-properties.ts";
import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import type { Component, LineColors } from "../../native/line-splat.ts";
import { type ComponentReader, componentReader } from "../../scalars/component.ts";
import type { ValueSummary } from "../../scalars/histogram.ts";
import { noValuesWarning } from "../../scalars/scalar-field.ts";
import { scalarRange } from "../../scalars/scalar-range.ts";
import { selectArray } from "../../scalars/select-array.ts";
import type { Legend } from "../actor.ts";

const DEFAULT_COLORMAP: ColormapName = "viridis";

type Range = readonly [min: number, max: number];

/** How streamlines are colored, and which of them have no color. */
export interface ColoredLines {
  readonly colors: LineColors;
  readonly legend?: Legend;
  /** Whether each streamline has a color; default: all have. */
  readonly hasColor?: (line: number) => boolean;
  /** Values of the points if some of them may be NaN, or a threshold applies to them. */
  readonly pointValues?: Component;
  readonly warnings: readonly string[];
  /** The values that it stands for; default: none. */
  readonly values?: ValueSummary;
  /** Returns the colors for another colormap, range or color. Default: they cannot change. */
  readonly recolor?: (style: StreamlinesStyle) => Pick<ColoredLines, "colors" | "legend">;
}

/**
 * Chooses the colors of streamlines: by direction, unless the style has a color, a volume or something else to color by.
 *
 * @param options.index number of the file in the scene, for colors by file
 * @param options.array an array of the streamlines to color by, instead of what the style says
 * @throws DataError if there is no such array, component or group
 */
export function chooseColors(
  data: PreparedStreamlines,
  style: StreamlinesStyle,
  { index = 0, array }: { readonly index?: number; readonly array?: DataArray | undefined } = {},
): ColoredLines {
  if (array !== undefined) return arrayColors(data, array, style);
  const sampled = style.sample === undefined ? "direction" : basename(style.sample);
  const { colorBy = style.color === undefined ? sampled : undefined } = style;
  switch (colorBy) {
    case undefined:
      return {
        colors: fixed(new Color(style.color)),
        warnings: [],
        recolor: ({ color }) => ({ colors: fixed(new Color(color)) }),
      };
    case "direction":
      return { colors: { source: "direction" }, warnings: [] };
    case "file":
      return { colors: fixed(distinctColor(index)), warnings: [] };
    case "ends":
      return { colors: { source: "perLine", colors: endColors(data) }, warnings: [] };
    case "group":
      return groupColors(data);
    default:
      return arrayColors(data, namedArray(data, colorBy), style);
  }
}

/** One of an endless series of colors that are easy to distinguish. */
function distinctColor(index: number): Color {
  // Hues are multiples of the golden ratio, so that any number of them is spread evenly.
  return new Color().setHSL((0.03 + index * 0.618034) % 1, 0.7, index % 3 === 1 ? 0.7 : 0.58);
}

function fixed(color: Color): LineColors {
  return { source: "fixed", color: packed(color) };
}

/** sRGB with 8 bits, red in the lowest. */
function packed(color: Color): number {
  const hex = color.getHex();
  return ((0xff << 24) | ((hex & 0xff) << 16) | (hex & 0xff00) | (hex >> 16)) >>> 0;
}

/** Colors by the direction from the first to the last point, |x|, |y|, |z| as red, green and blue. */
function endColors({ positions, offsets }: PreparedStreamlines): Uint32Array {
  const colors = new Uint32Array(Math.max(0, offsets.length - 1));
  for (let line = 0; line < colors.length; line += 1) {
    const first = 3 * (offsets[line] ?? 0);
    const last = Math.max(first, 3 * ((offsets[line + 1] ?? 0) - 1));
    const x = Math.abs((positions[last] ?? 0) - (positions[first] ?? 0));
    const y = Math.abs((positions[last + 1] ?? 0) - (positions[first + 1] ?? 0));
    const z = Math.abs((positions[last + 2] ?? 0) - (positions[first + 2] ?? 0));
    const scale = 255 / (Math.sqrt(x * x + y * y + z * z) || 1);
    colors[line] =
      Math.round(x * scale) | (Math.round(y * scale) << 8) | (Math.round(z * scale) << 16) | (0xff << 24);
  }
  return colors;
}

/** A color per group; a streamline in several groups has that of the last. Others are gray. */
function groupColors({ groups, offsets }: PreparedStreamlines): ColoredLines {
  if (groups.length === 0) throw new DataError("it has no groups of streamlines to color by");
  const colors = new Uint32Array(Math.max(0, offsets.length - 1)).fill(packed(new Color(0x808080)));
  const labels = groups.map(({ name, streamlines }, value) => {
    const color = distinctColor(value);
    for (const line of streamlines) colors[line] = packed(color);
    const { r, g, b } = color.clone().convertLinearToSRGB();
    return { value, name, color: [r, g, b, 1] as const };
  });
  const range: Range = [0, groups.length - 1];
  const legend: Legend = { title: "group", colormap: DEFAULT_COLORMAP, range, labels };
  return { colors: { source: "perLine", colors }, legend, warnings: [] };
}

function namedArray({ pointArrays, streamlineArrays, groups }: PreparedStreamlines, name: string): DataArray {
  const ofGroups = groups.flatMap(({ arrays }) => arrays);
  const array = selectArray([...pointArrays, ...streamlineArrays, ...ofGroups], name);
  if (array === undefined) throw new DataError("it has no array to color by");
  return array;
}

function arrayColors(data: PreparedStreamlines, array: DataArray, style: StreamlinesStyle): ColoredLines {
  const { pointArrays, streamlineArrays } = data;
  if (pointArrays.includes(array)) return pointColors(array, style);
  const own = streamlineArrays.includes(array) ? array : valuesOfGroups(data, array);
  return lineColors(own, style);
}

function pointColors(array: DataArray, style: StreamlinesStyle): ColoredLines {
  const reader = componentReader(array, style.component);
  const { component } = reader;
  const scales = scalesOf(array, reader, "points");
  if (typeof scales === "string") return { colors: { source: "direction" }, warnings: [scales] };
  const { missing, warnings } = scales;
  const values: Component = { ...array, component };
  const recolor = (next: StreamlinesStyle) => {
    const { range, table, legend } = scales.of(next);
    return { colors: { source: "perPoint", array: values, table, range } as const, legend };
  };
  const isPartial = missing > 0 || style.threshold !== undefined;
  return {
    ...recolor(style),
    warnings,
    values: scales.summary,
    recolor,
    ...(isPartial && { pointValues: values }),
  };
}

function lineColors(array: DataArray, style: StreamlinesStyle): ColoredLines {
  const reader = componentReader(array, style.component);
  const scales = scalesOf(array, reader, "streamlines");
  if (typeof scales === "string") return { colors: { source: "direction" }, warnings: [scales] };
  const { warnings } = scales;
  const [low, high] = style.threshold ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const recolor = (next: StreamlinesStyle) => {
    const { range, table, legend } = scales.of(next);
    const colors = Uint32Array.from({ length: reader.count }, (_, line) => {
      const share = (reader.read(line) - range[0]) / (range[1] - range[0]);
      return table[Math.min(255, Math.max(0, Math.round(255 * share)))] ?? 0;
    });
    return { colors: { source: "perLine", colors } as const, legend };
  };
  const hasColor = (line: number): boolean => {
    const value = reader.read(line);
    return value >= low && value <= high;
  };
  return { ...recolor(style), hasColor, warnings, values: scales.summary, recolor };
}

interface Scale {
  /** Values of the first and the last color, which differ. */
  readonly range: Range;
  /** 256 colors. */
  readonly table: Uint32Array;
  readonly legend: Legend;
}

interface Scales {
  /** The range and the colors that a style requests. */
  readonly of: (style: StreamlinesStyle) => Scale;
  /** Number of elements without a value. */
  readonly missing: number;
  readonly warnings: readonly string[];
  readonly summary: ValueSummary;
}

/** @returns a sentence for the user if no element has a value */
function scalesOf(array: DataArray, reader: ComponentReader, elements: string): Scales | string {
  const found = scalarRange(reader);
  if (found === undefined) return noValuesWarning(array);
  const { shown, method, missing, extent, histogram } = found;
  const { name, components, unit } = array;
  const warnings =
    missing === 0
      ? []
      : [
          `${missing} of ${reader.count} ${elements} have no value (NaN) in ${JSON.stringify(reader.title)} and are transparent`,
        ];
  return {
    of({ colormap = DEFAULT_COLORMAP, range }) {
      const [min, max] = range ?? shown;
      return {
        // A constant has the color in the middle.
        range: min < max ? [min, max] : [min - 1, max + 1],
        table: packedTable(colormap),
        legend: {
          title: reader.title,
          unit: array.unit,
          colormap,
          range: [min, max],
          rangeMethod: range === undefined ? method : undefined,
        },
      };
    },
    missing,
    warnings,
    summary: { array: name, components, unit, extent, range: shown, histogram },
  };
}

function packedTable(colormap: ColormapName): Uint32Array {
  const table = colormapTable(colormap);
  return Uint32Array.from({ length: table.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = table.subarray(3 * i, 3 * i + 3);
    return red | (green << 8) | (blue << 16) | (0xff << 24);
  });
}

/** Gives each streamline the values of its group; NaN to one without a group that has the array. */
function valuesOfGroups(
  { groups, offsets }: PreparedStreamlines,
  { name, components, unit }: DataArray,
): DataArray {
  const values: NumericArray = new Float64Array(components * Math.max(0, offsets.length - 1)).fill(
    Number.NaN,
  );
  for (const { arrays, streamlines } of groups) {
    const array = arrays.find((each) => each.name === name && each.components === components);
    if (array === undefined) continue;
    for (const line of streamlines) values.set(array.values.subarray(0, components), components * line);
  }
  return { name, components, unit, values };
}
