import { Color, DataTexture, LinearFilter, SRGBColorSpace } from "three";
import type { Label } from "../../formats/data-kinds.ts";
import { DataError } from "../../formats/load-error.ts";
import { colormapTable } from "../../layers/colormap.ts";
import { COLORMAP_NAMES, type ColormapName } from "../../layers/colormap-names.ts";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import { scaleVolume } from "../../loading/volume-scale.ts";
import type { Legend } from "../actor.ts";

const COLORS = 256;

/** Columns of the texture of label colors. */
const LABEL_COLUMNS = 256;

type LabelColor = Label["color"];

const UNKNOWN_LABEL: LabelColor = [0.5, 0.5, 0.5, 1];

/** Colors of labels without a table. Hues of successive labels are a golden section apart, so that they differ. */
const PALETTE: readonly LabelColor[] = Array.from({ length: 251 }, (_, i) => {
  const { r, g, b } = new Color().setHSL((i * 0.618_034) % 1, 0.65, 0.45 + 0.15 * (i % 3), SRGBColorSpace);
  return [...new Color(r, g, b).convertLinearToSRGB().toArray(), 1] as unknown as LabelColor;
});

/** How the voxels of a volume become colors. */
export interface VolumeColors {
  /** A texel of a slice is `scale * stored + offset`: 0 to 1 over the range of values, or the stored value of a label. */
  readonly scale: number;
  readonly offset: number;
  /** Replaces the values of labels by their numbers in `table`; undefined for other volumes. */
  readonly labelNumbers?: ((texels: Float32Array) => void) | undefined;
  /** Values of the first and the last color. */
  readonly range: readonly [low: number, high: number];
  /** Of the fragment shader. */
  readonly defines: Readonly<Record<string, number | string>>;
  readonly table: DataTexture;
  /** Range of texels to show. */
  readonly threshold: readonly [number, number];
  /** A texel t has the opposite sign of `mirror` - t. */
  readonly mirror: number;
  readonly isTranslucent: boolean;
  readonly legend: Legend | undefined;
}

/**
 * @param options.isAboveOthers whether the slices cover those of earlier volumes. Default: no
 * @throws DataError if the style does not fit the volume
 */
export function volumeColors(
  volume: PreparedVolume,
  style: VolumeStyle,
  options: { readonly isAboveOthers?: boolean } = {},
): VolumeColors {
  const { labels, components } = volume;
  const isScalar = style.colormap !== undefined || style.range !== undefined || style.window !== undefined;
  if (components > 1) return rgbColors(volume, style);
  if (style.labels) return labelColors(volume, labels ?? [], style);
  if (labels !== undefined && labels.length > 0 && !isScalar) return labelColors(volume, labels, style);
  if (style.outline)
    throw new DataError(
      "outlines need a volume with labels; this one has none: --labels takes its values as labels",
    );
  return scalarColors(volume, style, options);
}

function scalarColors(
  volume: PreparedVolume,
  style: VolumeStyle,
  options: { readonly isAboveOthers?: boolean },
): VolumeColors {
  const { scale, offset, range, threshold, unit } = scaleVolume(volume, style, options);
  const { colormap = "gray", negativeColormap, color, modulate = false } = style;
  return {
    scale,
    offset,
    range,
    defines: { ...(negativeColormap && { NEGATIVE: "" }), ...(modulate && { MODULATE: "" }) },
    table: colorTexture(color ?? colormap, color ?? negativeColormap ?? colormap),
    threshold,
    mirror: 2 * unit(0),
    isTranslucent: modulate,
    legend:
      color === undefined
        ? { title: "", colormap, range, rangeMethod: rangeMethod(volume, style) }
        : undefined,
  };
}

/** How the range was chosen, for the scalar bar; undefined if it was requested. */
function rangeMethod({ displayRange }: PreparedVolume, { range, window }: VolumeStyle): string | undefined {
  if (range !== undefined || window !== undefined) return undefined;
  return displayRange === undefined ? "2nd to 98th percentile" : "range of the file";
}

function rgbColors(volume: PreparedVolume, style: VolumeStyle): VolumeColors {
  const { values, components, slope, intercept, statistics } = volume;
  if (components < 3 || components > 4)
    throw new DataError(`${components} values per voxel cannot be shown as colors`);
  // Vectors, such as main directions of diffusion, show the absolute value of their components.
  const largest = Math.max(Math.abs(statistics.min), Math.abs(statistics.max));
  const full = style.range?.[1] ?? (values instanceof Uint8Array ? 255 : largest || 1);
  return {
    scale: slope / full,
    offset: intercept / full,
    range: [0, full],
    defines: { RGB: components },
    table: colorTexture("gray", "gray"),
    threshold: [-1e38, 1e38],
    mirror: 0,
    isTranslucent: components === 4,
    legend: undefined,
  };
}

/** Values without a label, other than 0, are gray, or have one of the colors of `PALETTE` if the style takes all values as labels. */
function labelColors(volume: PreparedVolume, labels: readonly Label[], style: VolumeStyle): VolumeColors {
  const { slope, intercept, statistics } = volume;
  const numbers = new Map<number, number>(labels.map(({ value }, number) => [value, number]));
  const others = style.labels ? PALETTE : [UNKNOWN_LABEL];
  const colors = [...labels.map(({ color }) => color), ...others];
  const pixels = new Uint8Array(4 * LABEL_COLUMNS * Math.ceil(colors.length / LABEL_COLUMNS));
  pixels.set(colors.flat().map((part) => Math.round(255 * part)));
  const table = new DataTexture(pixels, LABEL_COLUMNS, pixels.length / 4 / LABEL_COLUMNS);
  table.colorSpace = SRGBColorSpace;
  table.needsUpdate = true;
  const range = [statistics.min, statistics.max] as const;
  const named = labels.filter(({ color: [, , , alpha] }) => alpha > 0);
  return {
    scale: slope,
    offset: intercept,
    labelNumbers(texels) {
      for (let i = 0; i < texels.length; i += 1) {
        const value = texels[i] ?? 0;
        if (value < -1e37) continue;
        const other = labels.length + (Math.abs(Math.round(value)) % others.length);
        texels[i] = numbers.get(value) ?? (value === 0 ? -3e38 : other);
      }
    },
    range,
    defines: { LABELS: "", ...(style.outline && { OUTLINE: "" }) },
    table,
    threshold: [-1e38, 1e38],
    mirror: 0,
    isTranslucent: labels.some(({ color: [, , , alpha] }) => alpha > 0 && alpha < 1),
    legend: named.length > 0 ? { title: "label", colormap: "gray", range, labels: named } : undefined,
  };
}

/** Colors of positive values in the first row, and of negative ones in the second; a colormap, or one CSS color. */
function colorTexture(...rows: readonly [ColormapName | string, ColormapName | string]): DataTexture {
  const pixels = new Uint8Array(4 * COLORS * rows.length).fill(255);
  for (const [row, name] of rows.entries()) {
    const colors = colorsOf(name);
    for (let i = 0; i < COLORS; i += 1) {
      pixels.set(colors.subarray(3 * i, 3 * i + 3), 4 * (COLORS * row + i));
    }
  }
  const texture = new DataTexture(pixels, COLORS, rows.length);
  texture.colorSpace = SRGBColorSpace;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** 256 times red, green, blue, sRGB, 0 to 255, of a colormap or of one CSS color. */
export function colorsOf(name: ColormapName | string): Uint8Array {
  if ((COLORMAP_NAMES as readonly string[]).includes(name)) return colormapTable(name as ColormapName);
  const { r, g, b } = new Color(name).convertLinearToSRGB();
  return new Uint8Array(3 * COLORS).map((_, i) => Math.round(255 * ([r, g, b][i % 3] ?? 0)));
}
