import type { DataArray, Label } from "../formats/data-kinds.ts";
import { quote } from "../formats/load-error.ts";
import type { ColormapName } from "../layers/colormap-names.ts";
import type { ScalarStyle } from "../layers/layer-properties.ts";
import { type ComponentReader, componentReader } from "./component.ts";
import type { ValueSummary } from "./histogram.ts";
import { scalarRange } from "./scalar-range.ts";

/**
 * Normalized value of an element without one. GL interpolates between vertices, and the result is not NaN on all drivers; between this number
 * and a value, all but a thousandth of an edge is below {@link MIN_SHOWN}.
 */
export const MISSING = -1e9;

/** Normalized values are between -MAX_NORMALIZED and MAX_NORMALIZED: larger ones would lose the digits of their neighbors in Float32. */
const MAX_NORMALIZED = 1e6;

/** Values below this normalized value are missing. */
const MIN_SHOWN = -2 * MAX_NORMALIZED;

const DEFAULT_COLORMAP = "viridis";

/** Curvature of the cortex, by the names of FreeSurfer's files: gray under other overlays, with dark sulci, where it is positive. */
const CURVATURE = /(^|[^a-z])(curv|sulc|avg_curv)/i;

/** Range of curvature, relative to its percentiles: the colors are then light and dark gray, not black and white. */
const CURVATURE_RANGE = 2;

/** Numbers for the colors of points, cells or streamlines: one component of an array, relative to a range. */
export interface ScalarField {
  /** Name of the array, and of the component of a vector. */
  readonly title: string;
  readonly unit: string | undefined;
  readonly colormap: ColormapName;
  /** Values of the first and the last color, in the unit of the array; equal for a constant array. */
  readonly range: readonly [min: number, max: number];
  /** How `range` was chosen, such as "2nd to 98th percentile"; undefined if it was requested. */
  readonly rangeMethod: string | undefined;
  /** The labels that occur, in increasing order of their values, instead of a continuous range. */
  readonly labels: readonly Label[] | undefined;
  /**
   * For each element, 0 for the first color and 1 for the last; beyond for values out of the range, {@link MISSING} without a value.
   * For label i of n, (i + 0.5) / n.
   */
  readonly values: Float32Array;
  /** The lowest and the highest element of `values` that is shown: the threshold. */
  readonly shown: readonly [min: number, max: number];
  /** Number of elements without a value. */
  readonly missing: number;
  /** Whether it hides what is below it everywhere, if it is opaque. */
  readonly coversAll: boolean;
  /** Whether it is a gray background of other values, as curvature is. */
  readonly isBackground: boolean;
  /** Undefined for labels. */
  readonly summary?: ValueSummary | undefined;
  /** Sentences for the user. */
  readonly warnings: readonly string[];
}

/** A scalar field as it is drawn on a surface, on lines or on points. */
export interface ScalarLayer {
  readonly field: ScalarField;
  /** Whether a primitive has one value, that of its last vertex, instead of an interpolated one. Default: false. */
  readonly flat?: boolean | undefined;
  /** Opacity of the colors over what is below them: the layer before, or the material's color. Default: 1. */
  readonly opacity?: number | undefined;
  /** Whether fragments without a shown value are discarded, instead of showing what is below. Default: false. */
  readonly discards?: boolean | undefined;
  /** Number of the overlay file that it is from; default: the layer's own file. */
  readonly overlay?: number | undefined;
}

/**
 * Makes the numbers for the colors of an array.
 *
 * @param kind the elements, for warnings: "points"
 * @returns undefined if no element has a value, which the caller reports
 * @throws DataError if the style requests a component that does not exist
 */
export function makeScalarField(array: DataArray, style: ScalarStyle, kind: string): ScalarField | undefined {
  const reader = componentReader(array, style.component);
  const { unit, labels } = array;
  if (labels !== undefined && array.components === 1 && style.colormap === undefined) {
    return labelField(reader, labels, unit, style, kind);
  }
  const found = scalarRange(reader);
  if (found === undefined) return undefined;
  const isCurvature = CURVATURE.test(array.name) && array.components === 1;
  const [low, high] = found.shown;
  const widest = CURVATURE_RANGE * Math.max(Math.abs(low), Math.abs(high));
  const byDefault = isCurvature ? ([-widest, widest] as const) : found.shown;
  const range = style.range ?? byDefault;
  const isConstant = found.extent[0] === found.extent[1];
  const { missing } = found;
  const warnings = [
    ...(isConstant ? [`all values of ${quote(reader.title)} are ${found.extent[0]}`] : []),
    ...missingWarning(reader, missing, "have no value (NaN)", kind),
    ...thresholdWarning(reader, found.extent, style.threshold),
  ];
  const normalize = normalizer(range);
  const { extent, histogram } = found;
  return {
    title: reader.title,
    unit,
    colormap: style.colormap ?? (isCurvature ? "gray-r" : DEFAULT_COLORMAP),
    range,
    rangeMethod: style.range !== undefined ? undefined : isCurvature ? "symmetric about 0" : found.method,
    labels: undefined,
    values: normalizeAll(reader, normalize, style.threshold),
    shown: style.threshold === undefined ? [MIN_SHOWN, -MISSING] : thresholdOf(style.threshold, normalize),
    missing,
    coversAll: missing === 0 && style.threshold === undefined,
    isBackground: isCurvature && style.colormap === undefined,
    summary: { array: array.name, components: array.components, unit, extent, range: byDefault, histogram },
    warnings,
  };
}

/** A sentence for the user about an array for which `makeScalarField` returns undefined. */
export function noValuesWarning({ name }: DataArray): string {
  return `the array ${quote(name)} has no values to color by: all are infinite, not a number (NaN) or without a label`;
}

function labelField(
  reader: ComponentReader,
  labels: readonly Label[],
  unit: string | undefined,
  style: ScalarStyle,
  kind: string,
): ScalarField | undefined {
  const occurring = new Set<number>();
  for (let i = 0; i < reader.count; i += 1) occurring.add(reader.read(i));
  const [low, high] = style.threshold ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const known = labels
    .filter(({ value }) => occurring.has(value) && value >= low && value <= high)
    .toSorted((a, b) => a.value - b.value);
  if (known.length === 0) return undefined;
  const numbers = new Map(known.map(({ value }, i) => [value, (i + 0.5) / known.length]));
  const values = new Float32Array(reader.count);
  let missing = 0;
  for (let i = 0; i < reader.count; i += 1) {
    const value = reader.read(i);
    const number = numbers.get(value);
    values[i] = number ?? MISSING;
    if (number === undefined && value >= low && value <= high) missing += 1;
  }
  return {
    title: reader.title,
    unit,
    colormap: DEFAULT_COLORMAP,
    range: [known[0]?.value ?? 0, known.at(-1)?.value ?? 0],
    rangeMethod: undefined,
    labels: known,
    values,
    shown: [MIN_SHOWN, -MISSING],
    missing,
    // Labels may be transparent, or shown by their outlines.
    coversAll: false,
    isBackground: false,
    warnings: missingWarning(reader, missing, "have a value without a label", kind),
  };
}

function thresholdWarning(
  { title }: ComponentReader,
  [min, max]: readonly [number, number],
  threshold: ScalarStyle["threshold"],
): string[] {
  if (threshold === undefined || (threshold[0] <= max && threshold[1] >= min)) return [];
  const [low, high] = threshold;
  return [
    `no value of ${quote(title)} is in the threshold from ${low} to ${high}: they are from ${min} to ${max}`,
  ];
}

function missingWarning(
  { title, count }: ComponentReader,
  missing: number,
  what: string,
  kind: string,
): string[] {
  return missing === 0
    ? []
    : [`${missing} of ${count} ${kind} ${what} in ${quote(title)} and are transparent`];
}

/** Returns a function from a value to its position in a range. All computations are in doubles, and do not overflow. */
function normalizer([min, max]: readonly [number, number]): (value: number) => number {
  // The difference of two doubles can exceed the largest double, but half of it cannot.
  const half = max / 2 - min / 2;
  // A constant has the color in the middle; values around it have the first and the last color.
  if (half === 0) return (value) => (value === min ? 0.5 : value < min ? -1 : 2);
  return (value) => (value / 2 - min / 2) / half;
}

function normalizeAll(
  { count, read }: ComponentReader,
  normalize: (value: number) => number,
  [low, high]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const value = read(i);
    const normalized = normalize(value);
    if (Math.abs(normalized) <= MAX_NORMALIZED) values[i] = normalized;
    // A value that is clamped cannot be compared with the threshold later.
    else if (value >= low && value <= high) values[i] = clamp(normalized);
    else values[i] = MISSING;
  }
  return values;
}

function clamp(normalized: number): number {
  return Math.min(MAX_NORMALIZED, Math.max(-MAX_NORMALIZED, normalized));
}

/** The threshold in Float32, as the values are, so that a value equal to it is shown. */
function thresholdOf(
  [low, high]: readonly [number, number],
  normalize: (value: number) => number,
): readonly [number, number] {
  return [Math.fround(clamp(normalize(low))), Math.fround(clamp(normalize(high)))];
}
