/** Maximum number of points: an ArrayBuffer has space for 357 million, and the number of points to read is an estimate. */
const MAX_POINTS = 300_000_000;

/** Space for more points than expected, so that a large array need not be copied to a larger one. */
const SPARE_RATIO = 1.1;
const SPARE_POINTS = 100_000;

/** Which streamlines of a file are read. */
export interface StreamlineStep {
  /** Every n-th streamline is read; 1: all. */
  readonly every: number;
  /** Number of points to allocate for. */
  readonly capacity: number;
}

/**
 * Chooses which streamlines of a file are read: every n-th one if the array of positions has no space for all.
 *
 * @param points number of points in the file
 * @param maxPoints default: 300 million
 */
export function streamlineStep(points: number, warnings: string[], maxPoints = MAX_POINTS): StreamlineStep {
  const every = Math.ceil(points / maxPoints);
  if (every <= 1) return { every: 1, capacity: points };
  warnings.push(
    `only one of every ${every} streamlines is shown: the file has about ${points} points, more than ${maxPoints}`,
  );
  return { every, capacity: Math.ceil((SPARE_RATIO * points) / every) + SPARE_POINTS };
}
