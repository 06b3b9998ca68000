import { type IUniform, Vector4 } from "three";
import type { ColormapName } from "../../layers/colormap-names.ts";
import type { OverlayStyle, ScalarStyle } from "../../layers/layer-properties.ts";
import type { ScalarField, ScalarLayer } from "../../scalars/scalar-field.ts";
import type { Legend } from "../actor.ts";
import { colorTexels, makeColorTables } from "./color-table.ts";

/** How the values in GL, which are relative to the range at first, are related to another range. */
interface RangeChange {
  readonly scale: number;
  readonly offset: number;
}

/** Limits of a change of the range: Float32 has not enough digits for a narrower one, and clamped values show in a wider one. */
const MIN_SCALE = 1e-5;
const MAX_SCALE = 1e4;

/** Values of the threshold beyond it, relative to the range at first, may have been clamped. */
const MAX_NORMALIZED = 1e6;

/** The style of a layer, and those of its overlay files in their order. */
export interface ScalarStyles {
  readonly style: ScalarStyle & {
    readonly color?: string | undefined;
    readonly contours?: number | undefined;
  };
  readonly overlays?: readonly OverlayStyle[] | undefined;
}

/** A scalar layer without its values, which are in GL. */
type ColoredLayer = Omit<ScalarLayer, "field"> & { readonly field: Omit<ScalarField, "values"> };

/** The colors of the scalar layers of a material, as uniforms, which can change. */
export class ScalarColors {
  /** Of `SCALAR_COLOR_GLSL`, and of each layer: `scalarTable0`, `scalarShown0`; `scalarContours`, their number. */
  readonly uniforms: Readonly<Record<string, IUniform>>;
  readonly #layers: readonly ColoredLayer[];
  readonly #rows: readonly number[];
  readonly #built: ScalarStyles;
  readonly #drawsContours: boolean;
  #styles: ScalarStyles;

  /**
   * @param styles that the layers were made for
   * @param drawsContours whether the contour lines of the style are drawn. Default: no
   */
  constructor(layers: readonly ScalarLayer[], styles: ScalarStyles, drawsContours = false) {
    this.#layers = layers.map(({ field: { values: _, ...field }, ...layer }) => ({ ...layer, field }));
    this.#built = styles;
    this.#styles = styles;
    this.#drawsContours = drawsContours;
    const { texture, fields } = makeColorTables(layers.map(({ field }) => field));
    const uniforms: Record<string, IUniform> = {
      scalarColors: { value: texture },
      scalarContours: { value: styles.style.contours ?? 0 },
    };
    for (const [i, { field, opacity = 1 }] of layers.entries()) {
      const { row, colors } = fields[i] ?? { row: 0, colors: 1 };
      uniforms[`scalarTable${i}`] = { value: new Vector4(row, colors, opacity, 0) };
      uniforms[`scalarShown${i}`] = { value: new Vector4(...field.shown, 1, 0) };
    }
    this.#rows = fields.map(({ row }) => row);
    this.uniforms = uniforms;
  }

  /** Whether fragments without a shown value of a layer are discarded, which requires another shader. */
  discards(i: number): boolean {
    const layer = this.#layers[i];
    if (layer === undefined || this.#isHidden(layer, this.#styles)) return false;
    const hasThreshold = layer.overlay === undefined && this.#styles.style.threshold !== undefined;
    return layer.discards === true || hasThreshold;
  }

  /** Whether contour lines are drawn, which requires another shader. */
  get hasContours(): boolean {
    return this.#drawsContours && (this.#styles.style.contours ?? 0) > 0;
  }

  /** What the colors of a layer stand for now; undefined if it is hidden by a color for the whole layer. */
  legend(i: number): Legend | undefined {
    const layer = this.#layers[i];
    if (layer === undefined || this.#isHidden(layer, this.#styles)) return undefined;
    const { title, unit, colormap, range, rangeMethod, labels } = layer.field;
    const style = styleOf(layer, this.#styles);
    const isRangeChanged = style.range !== styleOf(layer, this.#built).range && style.range !== undefined;
    return {
      ...{ title, unit, labels, colormap: style.colormap ?? colormap },
      ...(isRangeChanged && style.range !== undefined
        ? { range: style.range, rangeMethod: undefined }
        : { range, rangeMethod }),
    };
  }

  /** Whether the styles can be shown with the values that are in GL. */
  canShow(styles: ScalarStyles): boolean {
    return this.#layers.every((layer) => {
      const { field } = layer;
      const [before, style, built] = [this.#styles, styles, this.#built].map((each) => styleOf(layer, each));
      if (before === undefined || style === undefined || built === undefined) return true;
      if (KEYS.every((key) => String(before[key]) === String(style[key]))) return true;
      if (field.labels !== undefined) return false;
      // Values beyond a threshold may be missing.
      if (built.threshold !== undefined && style.threshold === undefined) return false;
      return (
        colormapOf(field, style, built) !== undefined &&
        rangeChangeOf(field, style, built) !== undefined &&
        thresholdOf(field, style.threshold).every((value) => Math.abs(value) <= MAX_NORMALIZED)
      );
    });
  }

  /** Shows styles, if it can. @returns whether that requires another shader */
  show(styles: ScalarStyles): boolean {
    const discarded = this.#layers.map((_, i) => this.discards(i));
    const hadContours = this.hasContours;
    for (const [i, layer] of this.#layers.entries()) {
      const [before, style, built] = [this.#styles, styles, this.#built].map((each) => styleOf(layer, each));
      if (before === undefined || style === undefined || built === undefined) continue;
      const table = this.uniforms[`scalarTable${i}`]?.value as Vector4;
      const opacity = (layer.overlay === undefined ? layer.opacity : (style as OverlayStyle).opacity) ?? 1;
      table.z = this.#isHidden(layer, styles) ? 0 : opacity;
      if (layer.field.labels === undefined) this.#showValues(i, before, style, built);
    }
    this.#styles = styles;
    if (this.uniforms.scalarContours) this.uniforms.scalarContours.value = styles.style.contours ?? 0;
    const changesShader = this.hasContours !== hadContours;
    return changesShader || this.#layers.some((_, i) => this.discards(i) !== discarded[i]);
  }

  #showValues(i: number, before: ScalarStyle, style: ScalarStyle, built: ScalarStyle): void {
    const { field } = this.#layers[i] ?? {};
    const colormap = field && colormapOf(field, style, built);
    const change = field && rangeChangeOf(field, style, built);
    if (field === undefined || colormap === undefined || change === undefined) return;
    if (colormap !== colormapOf(field, before, built)) {
      const texture = this.uniforms.scalarColors?.value;
      const data = texture.image.data as Float32Array;
      data.set(colorTexels({ colormap, labels: undefined }), 4 * texture.image.width * (this.#rows[i] ?? 0));
      texture.needsUpdate = true;
    }
    const [low, high] = style.threshold === undefined ? field.shown : thresholdOf(field, style.threshold);
    const shown = this.uniforms[`scalarShown${i}`]?.value as Vector4;
    shown.set(Math.fround(low), Math.fround(high), change.scale, change.offset);
  }

  /** One color for the whole layer hides its own values, unless an array is requested. */
  #isHidden({ overlay }: ColoredLayer, { style: { color, colorBy } }: ScalarStyles): boolean {
    return overlay === undefined && color !== undefined && colorBy === undefined;
  }
}

/** Properties that uniforms show. */
const KEYS = ["colormap", "range", "threshold"] as const;

function styleOf({ overlay }: ColoredLayer, { style, overlays }: ScalarStyles): ScalarStyle {
  return overlay === undefined ? style : (overlays?.[overlay] ?? {});
}

/** Undefined if the colormap by default is not known. */
function colormapOf(
  field: ColoredLayer["field"],
  { colormap }: ScalarStyle,
  built: ScalarStyle,
): ColormapName | undefined {
  return colormap ?? (built.colormap === undefined ? field.colormap : undefined);
}

/** Undefined if the range by default is not known, or too different. */
function rangeChangeOf(
  field: ColoredLayer["field"],
  style: ScalarStyle,
  built: ScalarStyle,
): RangeChange | undefined {
  const range = style.range ?? (built.range === undefined ? field.range : undefined);
  if (range === undefined) return undefined;
  if (range[0] === field.range[0] && range[1] === field.range[1]) return { scale: 1, offset: 0 };
  // The difference of two doubles can exceed the largest double, but half of it cannot.
  const half = range[1] / 2 - range[0] / 2;
  const scale = (field.range[1] / 2 - field.range[0] / 2) / half;
  const offset = (field.range[0] / 2 - range[0] / 2) / half;
  const isNear = scale >= MIN_SCALE && scale <= MAX_SCALE && Math.abs(offset) <= MAX_SCALE;
  return isNear ? { scale, offset } : undefined;
}

/** The threshold relative to the range that the values in GL are relative to. */
function thresholdOf(
  { range: [min, max] }: ColoredLayer["field"],
  threshold: ScalarStyle["threshold"],
): readonly [low: number, high: number] {
  const [low, high] = threshold ?? [min, max];
  const half = max / 2 - min / 2;
  return half === 0 ? [0, 0] : [(low / 2 - min / 2) / half, (high / 2 - min / 2) / half];
}
