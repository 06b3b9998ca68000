import { type IUniform, Vector4 } from "three";
import type { ColormapName } from "../../layers/colormap-names.ts";
import type { ScalarStyle } from "../../layers/layer-properties.ts";
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

/** The colors of the scalar layers of a material, as uniforms; those of a single layer can change. */
export class ScalarColors {
  /** Of `SCALAR_COLOR_GLSL`, and of each layer: `scalarTable0`, `scalarShown0`. */
  readonly uniforms: Readonly<Record<string, IUniform>>;
  readonly #layers: readonly ScalarLayer[];
  readonly #built: ScalarStyle;
  #style: ScalarStyle;

  /** @param style that the layers were made for */
  constructor(layers: readonly ScalarLayer[], style: ScalarStyle) {
    this.#layers = layers;
    this.#built = style;
    this.#style = style;
    const { texture, fields } = makeColorTables(layers.map(({ field }) => field));
    const uniforms: Record<string, IUniform> = { scalarColors: { value: texture } };
    for (const [i, { field, opacity = 1 }] of layers.entries()) {
      const { row, colors } = fields[i] ?? { row: 0, colors: 1 };
      uniforms[`scalarTable${i}`] = { value: new Vector4(row, colors, opacity, 0) };
      uniforms[`scalarShown${i}`] = { value: new Vector4(...field.shown, 1, 0) };
    }
    this.uniforms = uniforms;
  }

  /** What the colors stand for, where a style has changed it. */
  get legend(): Partial<Legend> {
    const { colormap, range } = this.#style;
    const isRangeChanged = range !== this.#built.range;
    return {
      ...(colormap !== undefined && { colormap }),
      ...(isRangeChanged && range !== undefined && { range, rangeMethod: undefined }),
    };
  }

  /** Whether colors, range and threshold of a style can be shown with the values that are in GL. */
  canShow(style: ScalarStyle): boolean {
    const { field } = this.#layers[0] ?? {};
    if (field === undefined) return true;
    const isSame =
      style.colormap === this.#style.colormap &&
      String(style.range) === String(this.#style.range) &&
      String(style.threshold) === String(this.#style.threshold);
    if (isSame) return true;
    if (this.#layers.length > 1 || field.labels !== undefined) return false;
    // A threshold needs another shader and the back faces of a closed surface.
    if ((style.threshold === undefined) !== (this.#built.threshold === undefined)) return false;
    return (
      this.#colormapOf(field, style) !== undefined &&
      this.#rangeChangeOf(field, style) !== undefined &&
      thresholdOf(field, style.threshold).every((value) => Math.abs(value) <= MAX_NORMALIZED)
    );
  }

  /** Shows a style, if it can. */
  show(style: ScalarStyle): void {
    const { field } = this.#layers[0] ?? {};
    if (field === undefined || this.#layers.length > 1 || field.labels !== undefined) return;
    const colormap = this.#colormapOf(field, style);
    const change = this.#rangeChangeOf(field, style);
    if (colormap === undefined || change === undefined) return;
    if (colormap !== this.#colormapOf(field, this.#style)) {
      const texture = this.uniforms.scalarColors?.value;
      (texture.image.data as Float32Array).set(colorTexels({ colormap, labels: undefined }));
      texture.needsUpdate = true;
    }
    const [low, high] = style.threshold === undefined ? field.shown : thresholdOf(field, style.threshold);
    const shown = this.uniforms.scalarShown0?.value as Vector4;
    shown.set(Math.fround(low), Math.fround(high), change.scale, change.offset);
    this.#style = style;
  }

  /** Undefined if the colormap by default is not known. */
  #colormapOf(field: ScalarField, { colormap }: ScalarStyle): ColormapName | undefined {
    return colormap ?? (this.#built.colormap === undefined ? field.colormap : undefined);
  }

  /** Undefined if the range by default is not known, or too different. */
  #rangeChangeOf(field: ScalarField, style: ScalarStyle): RangeChange | undefined {
    const range = style.range ?? (this.#built.range === undefined ? field.range : undefined);
    if (range === undefined) return undefined;
    if (range[0] === field.range[0] && range[1] === field.range[1]) return { scale: 1, offset: 0 };
    // The difference of two doubles can exceed the largest double, but half of it cannot.
    const half = range[1] / 2 - range[0] / 2;
    const scale = (field.range[1] / 2 - field.range[0] / 2) / half;
    const offset = (field.range[0] / 2 - range[0] / 2) / half;
    const isNear = scale >= MIN_SCALE && scale <= MAX_SCALE && Math.abs(offset) <= MAX_SCALE;
    return isNear ? { scale, offset } : undefined;
  }
}

/** The threshold relative to the range that the values in GL are relative to. */
function thresholdOf(
  { range: [min, max] }: ScalarField,
  threshold: ScalarStyle["threshold"],
): readonly [low: number, high: number] {
  const [low, high] = threshold ?? [min, max];
  const half = max / 2 - min / 2;
  return half === 0 ? [0, 0] : [(low / 2 - min / 2) / half, (high / 2 - min / 2) / half];
}
