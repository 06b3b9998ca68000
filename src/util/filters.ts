/** Exponential moving average: the next value. `weight` is that of the new sample; the first sample becomes the average. */
export function smooth(average: number | null, sample: number, weight: number): number {
  return average === null ? sample : average + weight * (sample - average);
}

/** Appends a sample to a window of the newest `length`. */
export function appendToWindow<T>(window: readonly T[], sample: T, length: number): T[] {
  return [...window, sample].slice(-length);
}
