import { Backoff } from "../util/backoff.ts";

/** Shares of the view's width and height, from the best. Few, so that a picture is blurred or sharp and does not dither. */
const SCALES = [1, 0.75, 0.5] as const;

/** A frame that takes longer than this is slow, ms: 30 a second. */
const SLOW_MS = 1000 / 30;

/** A larger scale is tried where its frames are expected to take no more than this, ms. */
const EASY_MS = 0.8 * SLOW_MS;

/** After a change of size come one frame for which the driver takes new memory, and others; so many are not counted. */
const SETTLING_FRAMES = 1;

/** Of so many frames in a row the quickest says what a scale takes: one that waited for another program says nothing. */
const WINDOW = 3;

/** Frames that must have been easy in a row for a larger scale: a second and more. */
const UP_AFTER = 45;

/** A scale that leaves more than this of the next larger one's time is not worth its blur. */
const WORTHWHILE = 0.85;

/** For so many frames a scale that gained nothing is not tried again, nor one that was too slow; doubled each time. */
const MIN_WAIT_FRAMES = 120;
const MAX_WAIT_FRAMES = 32 * MIN_WAIT_FRAMES;

/**
 * Chooses at what share of the view's width and height frames are rendered while it moves, from how long they took: down
 * as soon as they are slow, up when a larger scale was to be expected to be quick enough for a while. It stays, or goes
 * back, where a smaller picture takes about as long: then it is not pixels that cost. What it found, it keeps from one
 * drag to the next.
 */
export class RenderScale {
  #level = 0;
  /** The newest times at this scale, ms, at most {@link WINDOW}. */
  readonly #times: number[] = [];
  #settling = SETTLING_FRAMES;
  /** The larger scale that was left, and what it took then, ms; null where this one has proved worth it. */
  #before: { level: number; ms: number } | null = null;
  /** For each scale but the largest: its share of the next larger one's time, as measured or by its pixels. */
  readonly #shares = SCALES.slice(1).map(byPixels);
  /** How many in a row were easy. */
  #easy = 0;
  /** Since the scale was last made larger. */
  #framesSinceUp = Number.POSITIVE_INFINITY;
  readonly #down = new FrameBackoff();
  readonly #up = new FrameBackoff();

  /** The share of the view's width and height for the next frame that moves. */
  get scale(): number {
    return SCALES[this.#level] ?? 1;
  }

  /** Takes how long the frame at {@link scale} took, ms. To be called for every frame while the view is moved. */
  took(ms: number): void {
    if (this.#settling > 0) {
      this.#settling--;
      return;
    }
    this.#times.push(ms);
    if (this.#times.length > WINDOW) this.#times.shift();
    this.#framesSinceUp++;
    this.#down.tick();
    this.#up.tick();
    if (this.#before !== null) {
      if (this.#times.length === WINDOW) this.#judge(this.#before, Math.min(...this.#times));
      return;
    }
    const [newest, last = 0] = this.#times.toReversed();
    // At once is after two: a slow frame by itself is chance.
    const slow = Math.min(newest ?? 0, last);
    if (slow > SLOW_MS) this.#goDown(slow);
    else if (this.#times.length === WINDOW) this.#mayGoUp(this.#times.toSorted((a, b) => a - b)[1] ?? ms);
  }

  /** The view has come to rest: what follows begins after a picture of another size. */
  rested(): void {
    this.#times.length = 0;
    this.#easy = 0;
    this.#settling = SETTLING_FRAMES;
  }

  /** Forgets all: what is shown has changed, or its size. */
  reset(): void {
    this.rested();
    this.#level = 0;
    this.#before = null;
    this.#shares.splice(0, this.#shares.length, ...SCALES.slice(1).map(byPixels));
    this.#framesSinceUp = Number.POSITIVE_INFINITY;
    this.#down.reset();
    this.#up.reset();
  }

  /** Whether the smaller scale has gained enough to stay. */
  #judge(before: { level: number; ms: number }, now: number): void {
    const steps = this.#level - before.level;
    const share = (now / before.ms) ** (1 / steps);
    // A step that gains little may be one of two that gain enough.
    if (share > WORTHWHILE && this.#level < SCALES.length - 1) {
      this.#change(this.#level + 1);
      return;
    }
    this.#before = null;
    if (share > WORTHWHILE) {
      this.#down.wait();
      this.#change(before.level);
      return;
    }
    this.#down.reset();
    this.#shares.fill(share, before.level, this.#level);
    // On, where that is not enough yet.
    if (now > SLOW_MS) this.#goDown(now);
  }

  #goDown(typical: number): void {
    this.#easy = 0;
    if (this.#down.waits || this.#level === SCALES.length - 1) return;
    if (this.#framesSinceUp < UP_AFTER) this.#up.wait();
    else this.#up.reset();
    this.#before = { level: this.#level, ms: typical };
    let [level, expected] = [this.#level, typical];
    // As far as it takes where pixels alone cost.
    while (expected > SLOW_MS && level < SCALES.length - 1)
      expected *= byPixels(SCALES[++level] ?? 1, level - 1);
    this.#change(level);
  }

  /** `ms`: the middle one of the newest times, so that one slow frame does not begin the wait anew. */
  #mayGoUp(ms: number): void {
    const share = this.#shares[this.#level - 1];
    if (share === undefined || this.#up.waits) return;
    this.#easy = ms / share <= EASY_MS ? this.#easy + 1 : 0;
    if (this.#easy < UP_AFTER) return;
    this.#change(this.#level - 1);
    this.#framesSinceUp = 0;
  }

  #change(level: number): void {
    this.#level = level;
    this.rested();
  }
}

/** A scale's share of the next larger one's pixels. */
function byPixels(scale: number, index: number): number {
  return (scale / (SCALES[index] ?? 1)) ** 2;
}

/** A number of frames to wait, doubled each time. */
class FrameBackoff {
  readonly #backoff = new Backoff({ first: MIN_WAIT_FRAMES, max: MAX_WAIT_FRAMES });
  #left = 0;

  get waits(): boolean {
    return this.#left > 0;
  }

  wait(): void {
    this.#left = this.#backoff.next();
  }

  tick(): void {
    if (this.#left > 0) this.#left--;
  }

  reset(): void {
    this.#left = 0;
    this.#backoff.reset();
  }
}
