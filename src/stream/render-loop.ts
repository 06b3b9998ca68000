import { FrameRateLimiter } from "../encode/frame-rate-limiter.ts";

/** One frame of a {@link RenderLoop}. */
export interface LoopFrame {
  /** Whether the view is still, so that this is the full-quality frame; the next one follows only after a change. */
  readonly still: boolean;
  /** Whether the view was changed by a person recently, and not only by the animation or time steps. */
  readonly steered: boolean;
  /** Animation time, seconds: how long the scene has been animated with viewers. */
  readonly seconds: number;
}

/** How the animation plays from now on. */
export interface AnimationTime {
  /** How long it has played, s. */
  readonly seconds: number;
  /** Whether it plays, at the speed of the clock, or stands still. */
  readonly isRunning: boolean;
}

export interface RenderLoopOptions {
  /** Renders a frame, or returns the steps of a progressive one. Events are handled between steps; a change abandons the rest (`return`). */
  renderFrame(frame: LoopFrame): Iterator<unknown> | undefined;
  /** Whether the scene is animated; called before each frame. Default: it is not. */
  isAnimated?(): boolean;
  /** Called when the animation begins to play, and when it stops. */
  onAnimation?(time: AnimationTime): void;
  /** Maximum frames per second, on average: after a late frame the next may follow sooner. Default 60. */
  framesPerSecond?: number;
  /** Time without a change after which the view counts as still, ms. Default 200. */
  stillDelayMs?: number;
  /** Default: the system's clock. */
  clock?: LoopClock;
}

/** The clock and timer of a {@link RenderLoop}. */
export interface LoopClock {
  /** ms. */
  now(): number;
  /** Calls back once after `ms`, or after pending events if `ms` is not above 0. @returns a function that cancels it */
  schedule(ms: number, callback: () => void): () => void;
}

const SYSTEM_CLOCK: LoopClock = {
  now: () => performance.now(),
  schedule(ms, callback) {
    if (ms > 0) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    }
    // Not synchronously: events that are pending on this thread are applied first, and shown by this frame.
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};

/**
 * Decides when to render: after a change, during an animation, and once in full quality when the view is still. Without
 * viewers only the first frame is rendered. There is no timer while there is nothing to render, so that the loop does not
 * keep the process alive then.
 */
export class RenderLoop {
  readonly #options: RenderLoopOptions;
  readonly #rateLimiter: FrameRateLimiter;
  readonly #stillDelayMs: number;
  readonly #clock: LoopClock;
  #running = false;
  #viewers = 0;
  /** Whether the view changed since the last frame. */
  #changed = false;
  /** Whether the last frame was a still one, and nothing changed since. */
  #isStill = false;
  /** Remaining steps of an incomplete progressive frame. */
  #unfinished: Iterator<unknown> | null = null;
  #frames = 0;
  /** Whether the next frame is rendered even without viewers, as the first one is. */
  #isUnseenFrameDue = true;
  /** Whether the newest frame is rendered even without viewers. */
  #isFrameUnseen = false;
  #lastChange = 0;
  #lastInvalidated = Number.NEGATIVE_INFINITY;
  #pending: { due: number; cancel: () => void } | null = null;
  /** Animation time before `#animatedSince`, ms, and since when it runs now; null while it is paused. */
  #animatedMs = 0;
  #animatedSince: number | null = null;

  /** @throws RangeError for a rate that is not positive or a negative delay */
  constructor(options: RenderLoopOptions) {
    const { framesPerSecond = 60, stillDelayMs = 200, clock = SYSTEM_CLOCK } = options;
    if (!(framesPerSecond > 0)) {
      throw new RangeError(`framesPerSecond must be more than 0; it is ${framesPerSecond}.`);
    }
    if (!(stillDelayMs >= 0)) throw new RangeError(`stillDelayMs must be 0 or more; it is ${stillDelayMs}.`);
    this.#options = options;
    // Late frames are caught up: otherwise one late event of 60 a second would delay all later frames.
    this.#rateLimiter = new FrameRateLimiter(1000 / framesPerSecond, Number.POSITIVE_INFINITY);
    this.#stillDelayMs = stillDelayMs;
    this.#clock = clock;
  }

  /** Number of frames since the loop was created. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether a frame is scheduled. */
  get busy(): boolean {
    return this.#pending !== null;
  }

  /** Whether a frame shows the view as it is, or is being drawn. */
  get isCurrent(): boolean {
    return this.#frames > 0 && !this.#changed && !this.#isUnseenFrameDue;
  }

  /** Number of viewers; initially 0. */
  get viewers(): number {
    return this.#viewers;
  }

  set viewers(count: number) {
    this.#viewers = count;
    this.#schedule();
  }

  /** Starts the loop: renders the first frame, and then as needed. Does nothing if started. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  /** Stops rendering. Returns false if it was stopped already. */
  stop(): boolean {
    if (!this.#running) return false;
    this.#running = false;
    this.#cancel();
    this.#pauseAnimation();
    return true;
  }

  /**
   * Requests a frame, because the view has changed.
   *
   * @param change.steered whether a person has changed it, and not an animation or time steps that are played. Default: true
   */
  invalidate({ steered = true }: { readonly steered?: boolean } = {}): void {
    this.#changed = true;
    this.#isStill = false;
    this.#abandon();
    this.#lastChange = this.#clock.now();
    if (steered) this.#lastInvalidated = this.#lastChange;
    this.#schedule();
  }

  /** Requests a frame even without viewers, because the first one is obsolete. */
  requestUnseenFrame(): void {
    this.#isUnseenFrameDue = true;
    this.invalidate();
  }

  /** When the next frame is due, and whether the view is then still; null if no frame is due. */
  #next(): { due: number; still: boolean } | null {
    if (!this.#running) return null;
    const animated = this.#isAnimated();
    if (this.#isUnseenFrameDue) return { due: 0, still: !animated };
    // Without viewers, only a requested frame is continued.
    if (this.#unfinished !== null && !animated && (this.#viewers > 0 || this.#isFrameUnseen))
      return { due: 0, still: true };
    if (this.#viewers === 0) return null;
    if (this.#changed || animated) return { due: this.#rateLimiter.nextAt, still: false };
    if (this.#isStill) return null;
    return { due: Math.max(this.#lastChange + this.#stillDelayMs, this.#rateLimiter.nextAt), still: true };
  }

  #schedule(): void {
    // At once, and not with the next frame: its report precedes the answer of the command that has stopped it.
    if (!this.#isAnimated()) this.#pauseAnimation();
    const next = this.#next();
    if (next === null) {
      this.#cancel();
      this.#pauseAnimation();
      return;
    }
    if (this.#pending?.due === next.due) return;
    this.#cancel();
    const cancel = this.#clock.schedule(next.due - this.#clock.now(), () => this.#frame());
    this.#pending = { due: next.due, cancel };
  }

  #frame(): void {
    this.#pending = null;
    const next = this.#next();
    if (next === null) return;
    if (this.#unfinished !== null && next.still) {
      this.#step(this.#unfinished);
      return;
    }
    this.#abandon();
    const { still } = next;
    const now = this.#clock.now();
    this.#rateLimiter.onFrame(now);
    this.#changed = false;
    this.#isStill = still;
    this.#frames++;
    this.#isFrameUnseen = this.#isUnseenFrameDue;
    this.#isUnseenFrameDue = false;
    if (this.#isAnimated() && this.#viewers > 0) this.#playAnimation(now);
    else this.#pauseAnimation();
    const animatedMs = this.#animatedMs + (this.#animatedSince === null ? 0 : now - this.#animatedSince);
    try {
      const steered = now - this.#lastInvalidated < this.#stillDelayMs;
      const steps = this.#options.renderFrame({ still, steered, seconds: animatedMs / 1000 });
      if (steps !== undefined) this.#step(steps);
    } finally {
      if (!still) this.#lastChange = Math.max(this.#lastChange, now);
      this.#schedule();
    }
  }

  #step(steps: Iterator<unknown>): void {
    this.#unfinished = null;
    try {
      const isDone = steps.next().done;
      // A listener may have changed the view during the step.
      if (!isDone && this.#changed) steps.return?.();
      else if (!isDone) this.#unfinished = steps;
    } finally {
      this.#schedule();
    }
  }

  /** Ends a progressive frame that is not continued. */
  #abandon(): void {
    this.#unfinished?.return?.();
    this.#unfinished = null;
  }

  #isAnimated(): boolean {
    return this.#options.isAnimated?.() ?? false;
  }

  #playAnimation(now: number): void {
    if (this.#animatedSince !== null) return;
    this.#animatedSince = now;
    this.#options.onAnimation?.({ seconds: this.#animatedMs / 1000, isRunning: true });
  }

  #pauseAnimation(): void {
    if (this.#animatedSince === null) return;
    this.#animatedMs += this.#clock.now() - this.#animatedSince;
    this.#animatedSince = null;
    this.#options.onAnimation?.({ seconds: this.#animatedMs / 1000, isRunning: false });
  }

  #cancel(): void {
    this.#pending?.cancel();
    this.#pending = null;
  }
}
