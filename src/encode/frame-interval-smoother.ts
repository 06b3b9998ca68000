/** Of the difference to the real step this part a frame: where frames come sooner, and where they come later. */
const SOONER = 1 / 8;
const LATER = 1 / 16;
/** ms from frame to frame, before any came. */
const FIRST_STEP_MS = 1000 / 30;

/**
 * A steady pace that follows the one at which frames come, for libvpx's rate control: it gave a frame that came a tenth later
 * than the one before twice the bits, and one that had to wait longer ten times as many, for which the next had to wait again.
 */
export class FrameIntervalSmoother {
  #stepMs = FIRST_STEP_MS;

  /** @param passedMs since the frame before, Infinity for the first @returns what the encoder is told instead, ms */
  next(passedMs: number): number {
    const difference = Math.min(passedMs, 2 * this.#stepMs) - this.#stepMs;
    this.#stepMs += difference * (difference < 0 ? SOONER : LATER);
    return this.#stepMs;
  }
}
