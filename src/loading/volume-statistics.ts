import type { Volume } from "../formats/data-kinds.ts";
import { rangeOfValues } from "../native/volume-kernels.ts";
import { histogramOf } from "../scalars/histogram.ts";

/** Number of voxels from which percentiles are computed: sorting all of a large volume would take longer than reading it. */
const SAMPLES = 200_000;

const PERCENTILES = [0.02, 0.98] as const;

/** Values of a volume, over all time steps and components, with slope and intercept. */
export interface VolumeStatistics {
  /** Of the finite values; above `max` if no value is finite. */
  readonly min: number;
  readonly max: number;
  /** Number of values that are NaN or infinite. */
  readonly invalid: number;
  /**
   * 2nd and 98th percentile of the values without the background, whose value is that of the first voxel, by a sample; minimum and
   * maximum if they are equal.
   */
  readonly range: readonly [low: number, high: number];
  /** Of the sample, from `min` to `max`; see `histogramOf`. */
  readonly histogram: readonly number[];
}

export function volumeStatistics({ values, slope, intercept }: Volume): VolumeStatistics {
  const scale = (stored: number): number => slope * stored + intercept;
  const { min, max, invalid } = rangeOfValues(values);
  if (min > max)
    return {
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      invalid,
      range: [0, 0],
      histogram: [],
    };
  const ends = [scale(min), scale(max)] as const;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  // An odd step visits all columns of a volume whose sides are powers of 2.
  const step = Math.floor(values.length / SAMPLES) | 1;
  const background = values[0];
  const sample = new Float64Array(Math.ceil(values.length / step));
  let count = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] ?? 0;
    if (value === background || !Number.isFinite(value)) continue;
    sample[count] = scale(value);
    count += 1;
  }
  const sorted = sample.subarray(0, count).sort();
  const [from = low, to = high] = PERCENTILES.map((share) => sorted[Math.round(share * (count - 1))]);
  const histogram = histogramOf(sorted, [low, high]);
  return { min: low, max: high, invalid, range: from < to ? [from, to] : [low, high], histogram };
}
