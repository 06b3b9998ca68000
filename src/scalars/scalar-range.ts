import type { ComponentReader } from "./component.ts";
import { histogramOf } from "./histogram.ts";

/** Maximum number of values that are sorted for the percentiles; the error is then below 0.1 percentiles. */
const MAX_SAMPLE = 200_000;

/** Fractional part of the golden ratio: its multiples are evenly distributed, so that a sample has no period of the data. */
const GOLDEN = 0.6180339887498949;

export interface ScalarRange {
  /** The range to show: from the 2nd to the 98th percentile, or from the smallest to the largest value if those are equal. */
  readonly shown: readonly [min: number, max: number];
  /** How `shown` was computed: "2nd to 98th percentile". */
  readonly method: string;
  /** The smallest and the largest finite value. */
  readonly extent: readonly [min: number, max: number];
  /** Number of elements without a value (NaN). */
  readonly missing: number;
  /** See `histogramOf`: of the sample that the percentiles are computed from. */
  readonly histogram: readonly number[];
}

/**
 * Computes the default range of values in linear time: percentiles of large arrays are those of an evenly spread sample.
 *
 * @returns undefined if no value is finite
 */
export function scalarRange({
  count,
  read,
}: Pick<ComponentReader, "count" | "read">): ScalarRange | undefined {
  let [min, max, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < count; i += 1) {
    const value = read(i);
    if (Number.isNaN(value)) missing += 1;
    else if (Number.isFinite(value)) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  if (min > max) return undefined;
  const isSampled = count > MAX_SAMPLE;
  const sample = sortedSample(count, read);
  const low = percentile(sample, 0.02) ?? min;
  const high = percentile(sample, 0.98) ?? max;
  const extent = [min, max] as const;
  const histogram = histogramOf(sample, extent);
  if (low < high) {
    const method = isSampled ? "2nd to 98th percentile of a sample" : "2nd to 98th percentile";
    return { shown: [low, high], method, extent, missing, histogram };
  }
  return { shown: extent, method: "smallest to largest value", extent, missing, histogram };
}

/** Returns at most `MAX_SAMPLE` finite values in increasing order. */
function sortedSample(count: number, read: ComponentReader["read"]): Float64Array {
  const size = Math.min(count, MAX_SAMPLE);
  const stride = count / size;
  const sample = new Float64Array(size);
  let found = 0;
  for (let i = 0; i < size; i += 1) {
    const value = read(Math.floor((i + (stride === 1 ? 0 : (i * GOLDEN) % 1)) * stride));
    if (!Number.isFinite(value)) continue;
    sample[found] = value;
    found += 1;
  }
  return sample.subarray(0, found).sort();
}

/** Interpolates linearly between the two nearest values, like numpy.percentile. @param sorted in increasing order */
function percentile(sorted: Float64Array, fraction: number): number | undefined {
  const position = fraction * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  if (low === undefined || high === undefined) return undefined;
  const weight = position % 1;
  // The difference of two values can exceed the largest double.
  return low * (1 - weight) + high * weight;
}
