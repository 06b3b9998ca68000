/** Weight of a new interval in the average: a shorter one, and a longer one. */
const DECREASE_WEIGHT = 1 / 8;
const INCREASE_WEIGHT = 1 / 16;
/** ms */
const INITIAL_INTERVAL_MS = 1000 / 30;

/**
 * Smooths the intervals between frames for the encoder's rate control. libvpx gave a frame that was a tenth late twice the
 * bits, and one that had waited for the link ten times as many, which delayed the next frame again.
 */
export class FrameIntervalSmoother {
  #intervalMs = INITIAL_INTERVAL_MS;

  /**
   * @param elapsedMs time since the previous frame; Infinity for the first
   * @returns the interval for the encoder, ms
   */
  next(elapsedMs: number): number {
    const difference = Math.min(elapsedMs, 2 * this.#intervalMs) - this.#intervalMs;
    this.#intervalMs += difference * (difference < 0 ? DECREASE_WEIGHT : INCREASE_WEIGHT);
    return this.#intervalMs;
  }
}
