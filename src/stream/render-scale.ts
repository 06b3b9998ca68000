/** Shares of the view's width and height, largest first. Few, so that the blur does not change from frame to frame. */
const SCALES = [1, 0.75, 0.5] as const;

/** Rendering time above which a frame is slow, ms: 30 frames per second. */
const SLOW_MS = 1000 / 30;

/** Maximum expected rendering time of a larger scale that is tried, ms. */
const EASY_MS = 0.8 * SLOW_MS;

/** Number of frames after a change of size that are not measured: the driver allocates memory for the first one. */
const SETTLING_FRAMES = 1;

/** Number of consecutive frames of which the fastest measures a scale: a slow one may have waited for another program. */
const WINDOW = 3;

/** Number of consecutive easy frames before a larger scale is tried: a second or more. */
const UP_AFTER = 45;

/** Maximum share of the next larger scale's rendering time for a scale to be kept; above it, the blur gains nothing. */
const MAX_SHARE = 0.85;

/** Number of frames for which a scale that gained nothing, or that was too slow, is not tried again; doubled each time. */
const INITIAL_BACKOFF_FRAMES = 120;
const MAX_BACKOFF_FRAMES = 32 * INITIAL_BACKOFF_FRAMES;

/**
 * Chooses the share of the view's width and height at which frames are rendered while the view moves, from their rendering
 * times: smaller as soon as frames are slow, larger after frames at the larger scale were expected to be fast for a second.
 * If a smaller scale is not faster, pixels are not the bottleneck, and the larger one is used again. The scale is kept
 * from one drag to the next.
 */
export class RenderScale {
  #level = 0;
  /** The newest times at this scale, ms, at most {@link WINDOW}. */
  readonly #times: number[] = [];
  #settling = SETTLING_FRAMES;
  /** The larger scale that was left, and its time, ms; null once this one has proved faster. */
  #before: { level: number; ms: number } | null = null;
  /** For each scale but the largest: its share of the next larger one's time, measured or by number of pixels. */
  readonly #shares = SCALES.slice(1).map(pixelShare);
  /** Number of consecutive easy frames. */
  #easy = 0;
  /** Number of frames since the scale was last increased. */
  #framesSinceUp = Number.POSITIVE_INFINITY;
  readonly #downBackoff = new FrameBackoff();
  readonly #upBackoff = new FrameBackoff();

  /** The share of the view's width and height for the next frame of a moving view. */
  get scale(): number {
    return SCALES[this.#level] ?? 1;
  }

  /** Records the rendering time of the frame at {@link scale}, ms. To be called for every frame while the view is steered. */
  record(ms: number): void {
    if (this.#settling > 0) {
      this.#settling--;
      return;
    }
    this.#times.push(ms);
    if (this.#times.length > WINDOW) this.#times.shift();
    this.#framesSinceUp++;
    this.#downBackoff.tick();
    this.#upBackoff.tick();
    if (this.#before !== null) {
      if (this.#times.length === WINDOW) this.#compare(this.#before, Math.min(...this.#times));
      return;
    }
    const [newest, last = 0] = this.#times.toReversed();
    // Two frames, since a single slow one may be an outlier.
    const slow = Math.min(newest ?? 0, last);
    if (slow > SLOW_MS) this.#goDown(slow);
    else if (this.#times.length === WINDOW) this.#goUpIfEasy(this.#times.toSorted((a, b) => a - b)[1] ?? ms);
  }

  /** A frame of another size was rendered: measuring begins again. */
  onOtherSize(): void {
    this.#times.length = 0;
    this.#easy = 0;
    this.#settling = SETTLING_FRAMES;
  }

  /** Resets scale and measurements, because the scene or its size has changed. */
  reset(): void {
    this.onOtherSize();
    this.#level = 0;
    this.#before = null;
    this.#shares.splice(0, this.#shares.length, ...SCALES.slice(1).map(pixelShare));
    this.#framesSinceUp = Number.POSITIVE_INFINITY;
    this.#downBackoff.reset();
    this.#upBackoff.reset();
  }

  /** Keeps the smaller scale if its frames are sufficiently faster than those of the scale before. */
  #compare(before: { level: number; ms: number }, ms: number): void {
    const steps = this.#level - before.level;
    const share = (ms / before.ms) ** (1 / steps);
    // A small gain may be the first of two steps that together gain enough.
    if (share > MAX_SHARE && this.#level < SCALES.length - 1) {
      this.#change(this.#level + 1);
      return;
    }
    this.#before = null;
    if (share > MAX_SHARE) {
      this.#downBackoff.start();
      this.#change(before.level);
      return;
    }
    this.#downBackoff.reset();
    this.#shares.fill(share, before.level, this.#level);
    if (ms > SLOW_MS) this.#goDown(ms);
  }

  #goDown(ms: number): void {
    this.#easy = 0;
    if (this.#downBackoff.isActive || this.#level === SCALES.length - 1) return;
    if (this.#framesSinceUp < UP_AFTER) this.#upBackoff.start();
    else this.#upBackoff.reset();
    this.#before = { level: this.#level, ms };
    let [level, expected] = [this.#level, ms];
    // By as many steps as are needed if the time is proportional to the number of pixels.
    while (expected > SLOW_MS && level < SCALES.length - 1)
      expected *= pixelShare(SCALES[++level] ?? 1, level - 1);
    this.#change(level);
  }

  /** `ms`: median of the newest times, so that a single slow frame does not restart the count. */
  #goUpIfEasy(ms: number): void {
    const share = this.#shares[this.#level - 1];
    if (share === undefined || this.#upBackoff.isActive) return;
    this.#easy = ms / share <= EASY_MS ? this.#easy + 1 : 0;
    if (this.#easy < UP_AFTER) return;
    this.#change(this.#level - 1);
    this.#framesSinceUp = 0;
  }

  #change(level: number): void {
    this.#level = level;
    this.onOtherSize();
  }
}

/** A scale's share of the next larger one's pixels. */
function pixelShare(scale: number, index: number): number {
  return (scale / (SCALES[index] ?? 1)) ** 2;
}

/** Exponential backoff, counted in frames. */
class FrameBackoff {
  #left = 0;
  #next = INITIAL_BACKOFF_FRAMES;

  get isActive(): boolean {
    return this.#left > 0;
  }

  start(): void {
    this.#left = this.#next;
    this.#next = Math.min(MAX_BACKOFF_FRAMES, 2 * this.#next);
  }

  tick(): void {
    if (this.#left > 0) this.#left--;
  }

  reset(): void {
    this.#left = 0;
    this.#next = INITIAL_BACKOFF_FRAMES;
  }
}
