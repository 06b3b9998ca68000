/** Upper bounds of the buckets, seconds: from a copy of a small frame to a viewer at the other end of the world. */
const BOUNDS = [
  0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.025, 0.033, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** So many of the newest are kept for {@link LatencyHistogram.quantileMs}: some seconds of a view that moves. */
const RECENT = 256;

/** How long something took, each time: counted in buckets since the start, and the newest as they are. */
export class LatencyHistogram {
  /** Seconds, ascending. */
  readonly bounds: readonly number[] = BOUNDS;
  readonly #counts = new Array<number>(BOUNDS.length).fill(0);
  readonly #recent = new Float64Array(RECENT);
  #count = 0;
  #sum = 0;

  get count(): number {
    return this.#count;
  }

  /** Seconds. */
  get sum(): number {
    return this.#sum;
  }

  /** How many took no longer than each of {@link bounds}. */
  get cumulativeCounts(): number[] {
    let sum = 0;
    return this.#counts.map((count) => {
      sum += count;
      return sum;
    });
  }

  /** Takes one more, in ms. What is no duration is not taken: clocks of two programs may differ, and memory lie. */
  record(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return;
    const seconds = ms / 1000;
    this.#recent[this.#count % RECENT] = ms;
    this.#count++;
    this.#sum += seconds;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** What a share of the newest 256 did not take longer than, ms; null before the first. `share`: 0.5 is the median. */
  quantileMs(share: number): number | null {
    const recent = this.#recent.slice(0, Math.min(this.#count, RECENT)).sort();
    return recent[Math.ceil(share * recent.length) - 1] ?? recent[0] ?? null;
  }
}
