/** Upper bounds of the buckets, seconds: from the copy of a small frame to a viewer on the other side of the world. */
const BOUNDS = [
  0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.025, 0.033, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Number of samples for {@link LatencyHistogram.quantileMs}: some seconds of a moving view. */
const RECENT_COUNT = 256;

/** Durations: a histogram since the start, and quantiles of the newest samples. */
export class LatencyHistogram {
  /** Upper bounds of the buckets, seconds, ascending. */
  readonly bounds: readonly number[] = BOUNDS;
  readonly #counts = new Array<number>(BOUNDS.length).fill(0);
  readonly #recent = new Float64Array(RECENT_COUNT);
  count = 0;
  /** Seconds. */
  sum = 0;

  /** Number of samples not above each of {@link bounds}. */
  get cumulativeCounts(): number[] {
    let sum = 0;
    return this.#counts.map((count) => {
      sum += count;
      return sum;
    });
  }

  /** Records a duration, ms. Negative and non-finite values are ignored: two programs' clocks may differ, and shared memory is untrusted. */
  record(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
    const seconds = ms / 1000;
    this.#recent[this.count % RECENT_COUNT] = ms;
    this.count++;
    this.sum += seconds;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Quantile of the newest 256 samples, ms; null before the first. `share`: 0.5 is the median. */
  quantileMs(share: number): number | null {
    const recent = this.#recent.slice(0, Math.min(this.count, RECENT_COUNT)).sort();
    return recent[Math.ceil(share * recent.length) - 1] ?? recent[0] ?? null;
  }
}
