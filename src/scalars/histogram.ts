/** Number of intervals of a histogram. */
const BINS = 128;

/**
 * Counts values in intervals of equal width from `min` to `max`, which are smaller and larger than all of them. Values that are not finite
 * are left out.
 *
 * @returns no intervals if `min` equals `max`
 */
export function histogramOf(
  values: Iterable<number>,
  [min, max]: readonly [min: number, max: number],
): readonly number[] {
  // The difference of two doubles can exceed the largest double, but half of it cannot.
  const half = max / 2 - min / 2;
  if (!(half > 0)) return [];
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((BINS * (value / 2 - min / 2)) / half)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** Values that colors can stand for, as a person wants to know them to choose a range. */
export interface ValueSummary {
  /** Name of the array. */
  readonly array: string;
  /** Number of components of the array, of which one or the magnitude is summarized. */
  readonly components: number;
  readonly unit?: string | undefined;
  /** Smallest and largest finite value. */
  readonly extent: readonly [min: number, max: number];
  /** The range that colors have by default. */
  readonly range: readonly [min: number, max: number];
  /** Of the values, or of a sample of at most 200,000, from the smallest to the largest value. */
  readonly histogram: readonly number[];
}
