/** How a moving view is rendered. */
export interface RenderQuality {
  /** Share of the view's width and height. */
  readonly scale: number;
  /** Level of detail: 0 is the most detailed draft, -1 the full scene. */
  readonly level: number;
}

/** Qualities of a scene without levels of detail, best first. There are only a few, so that the blur does not change with each frame. */
const QUALITIES: readonly RenderQuality[] = [1, 0.75, 0.5].map((scale) => ({ scale, level: 0 }));

/** Qualities of a scene with levels of detail, best first. */
const QUALITIES_WITH_LEVELS: readonly RenderQuality[] = [
  { scale: 1, level: 0 },
  { scale: 0.75, level: 0 },
  { scale: 0.75, level: 1 },
  { scale: 0.5, level: 1 },
];

/** Qualities on a GPU, which is limited by triangles rather than pixels and draws some 10 million in time. */
const GPU_QUALITIES: readonly RenderQuality[] = [-1, 0, 1].map((level) => ({ scale: 1, level }));

/** Rendering time of a level of detail relative to the next finer one, until it is measured. */
const LEVEL_SHARE = 0.5;

/** Rendering time above which a frame is slow, ms: 30 frames per second. */
const SLOW_MS = 1000 / 30;

/** Maximum expected rendering time of a better quality that is tried, ms. */
const EASY_MS = 0.8 * SLOW_MS;

/** Number of frames after a change of size that are not measured: the driver allocates memory for the first one. */
const SETTLING_FRAMES = 1;

/** Number of consecutive frames whose minimum time measures a quality: a slow frame may have waited for another program. */
const WINDOW = 3;

/** Number of consecutive easy frames before a better quality is tried: a second or more. */
const UP_AFTER = 45;

/** Maximum rendering time of a quality relative to the next better one for it to be kept; above it, the speedup is not worth the loss. */
const MAX_SHARE = 0.85;

/** Number of frames for which a quality that gained nothing, or that was too slow, is not tried again; doubled each time. */
const INITIAL_BACKOFF_FRAMES = 120;
const MAX_BACKOFF_FRAMES = 32 * INITIAL_BACKOFF_FRAMES;

/**
 * Chooses the quality of frames while the view moves, from their rendering times. It goes down as soon as frames are slow, and up after
 * the better quality has been expected to be fast for a second. A lower quality that is not faster is undone. The quality is kept from
 * one drag to the next.
 */
export class QualityLadder {
  #qualities = QUALITIES;
  /** Index of the current quality. */
  #step = 0;
  /** The newest times at this quality, ms, at most {@link WINDOW}. */
  readonly #times: number[] = [];
  #settling = SETTLING_FRAMES;
  /** The better quality before the last step down, and its time, ms; null once the current one has proved faster. */
  #before: { step: number; ms: number } | null = null;
  /** For each quality except the best: its rendering time relative to the next better one, measured or expected. */
  #shares = expectedShares(this.#qualities);
  /** Number of consecutive easy frames. */
  #easy = 0;
  /** Number of frames since the quality was last increased. */
  #framesSinceUp = Number.POSITIVE_INFINITY;
  readonly #downBackoff = new FrameBackoff();
  readonly #upBackoff = new FrameBackoff();

  /** The quality for the next frame of a moving view. */
  get quality(): RenderQuality {
    return this.#qualities[this.#step] ?? { scale: 1, level: 0 };
  }

  /** Records the rendering time of the frame at {@link quality}, ms. To be called for every frame while the view is steered. */
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

  /** Restarts the measurement, because a frame of another size was rendered. */
  onOtherSize(): void {
    this.#times.length = 0;
    this.#easy = 0;
    this.#settling = SETTLING_FRAMES;
  }

  /**
   * Resets quality and measurements, because the scene or its size has changed.
   *
   * @param hasLevels whether the scene has several levels of detail
   * @param isGpu whether a GPU renders the scene
   */
  reset({ hasLevels = false, isGpu = false } = {}): void {
    this.onOtherSize();
    this.#qualities = !hasLevels ? QUALITIES : isGpu ? GPU_QUALITIES : QUALITIES_WITH_LEVELS;
    this.#step = 0;
    this.#before = null;
    this.#shares = expectedShares(this.#qualities);
    this.#framesSinceUp = Number.POSITIVE_INFINITY;
    this.#downBackoff.reset();
    this.#upBackoff.reset();
  }

  /** Keeps the lower quality if its frames are sufficiently faster than with the better quality before. */
  #compare(before: { step: number; ms: number }, ms: number): void {
    const steps = this.#step - before.step;
    const share = (ms / before.ms) ** (1 / steps);
    // A small gain may be the first of two steps that together gain enough.
    if (share > MAX_SHARE && this.#step < this.#qualities.length - 1) {
      this.#change(this.#step + 1);
      return;
    }
    this.#before = null;
    if (share > MAX_SHARE) {
      this.#downBackoff.start();
      this.#change(before.step);
      return;
    }
    this.#downBackoff.reset();
    this.#shares.fill(share, before.step, this.#step);
    if (ms > SLOW_MS) this.#goDown(ms);
  }

  #goDown(ms: number): void {
    this.#easy = 0;
    if (this.#downBackoff.isActive || this.#step === this.#qualities.length - 1) return;
    if (this.#framesSinceUp < UP_AFTER) this.#upBackoff.start();
    else this.#upBackoff.reset();
    this.#before = { step: this.#step, ms };
    let [step, expected] = [this.#step, ms];
    // As many steps as the expected shares require.
    const shares = expectedShares(this.#qualities);
    while (expected > SLOW_MS && step < shares.length) {
      expected *= shares[step] ?? 1;
      step++;
    }
    this.#change(step);
  }

  /** `ms`: median of the newest times, so that a single slow frame does not restart the count. */
  #goUpIfEasy(ms: number): void {
    const share = this.#shares[this.#step - 1];
    if (share === undefined || this.#upBackoff.isActive) return;
    this.#easy = ms / share <= EASY_MS ? this.#easy + 1 : 0;
    if (this.#easy < UP_AFTER) return;
    this.#change(this.#step - 1);
    this.#framesSinceUp = 0;
  }

  #change(step: number): void {
    this.#step = step;
    this.onOtherSize();
  }
}

/** Expected rendering time of each quality relative to the next better one, from the number of pixels and the level of detail. */
function expectedShares(qualities: readonly RenderQuality[]): number[] {
  return qualities.slice(1).map(({ scale, level }, i) => {
    const better = qualities[i] ?? { scale, level };
    return (scale / better.scale) ** 2 * LEVEL_SHARE ** (level - better.level);
  });
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
