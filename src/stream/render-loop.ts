/** What one frame of a {@link RenderLoop} is to be. */
export interface LoopFrame {
  /** Whether the view rests, so that this is the picture to take time for; the next one only follows a change. */
  readonly still: boolean;
  /** Whether something was changed from outside since the view last rested, and does not just move by itself. */
  readonly steered: boolean;
  /** How long the loop has been alive with somebody looking, seconds: the time of what moves by itself. */
  readonly seconds: number;
}

export interface RenderLoopOptions {
  renderFrame(frame: LoopFrame): void;
  /** Whether something moves by itself; asked before each frame. Default: nothing does. */
  isAlive?(): boolean;
  /** Frames per second at most, on average: what one came late the next may come sooner. Default 60. */
  framesPerSecond?: number;
  /** How long nothing must have changed for the view to rest, ms. Default 200. */
  restMs?: number;
}

/**
 * Decides when to render: after a change, while something moves by itself, and once in full quality when the view has
 * come to rest; else never. Nobody looks: no frames, but for the very first one. It holds no timer while there is
 * nothing to do, and does not keep the process alive then.
 */
export class RenderLoop {
  readonly #options: RenderLoopOptions;
  readonly #frameMs: number;
  readonly #restMs: number;
  #running = false;
  #viewers = 0;
  /** Something changed since the last frame. */
  #changed = false;
  /** The last frame was a still one, and nothing changed since. */
  #resting = false;
  #frames = 0;
  /** Before this no frame is due. */
  #nextAt = Number.NEGATIVE_INFINITY;
  #lastChange = 0;
  #lastInvalidated = Number.NEGATIVE_INFINITY;
  #pending: { due: number; cancel: () => void } | null = null;
  /** ms of life before `#aliveSince`, and since when it is alive now; null while it is not. */
  #lifeMs = 0;
  #aliveSince: number | null = null;

  /** @throws RangeError for a rate that is not positive or a rest that is negative. */
  constructor(options: RenderLoopOptions) {
    const { framesPerSecond = 60, restMs = 200 } = options;
    if (!(framesPerSecond > 0)) {
      throw new RangeError(`framesPerSecond must be more than 0; it is ${framesPerSecond}.`);
    }
    if (!(restMs >= 0)) throw new RangeError(`restMs must be 0 or more; it is ${restMs}.`);
    this.#options = options;
    this.#frameMs = 1000 / framesPerSecond;
    this.#restMs = restMs;
  }

  /** Frames rendered since the loop was made. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether a frame is scheduled. */
  get busy(): boolean {
    return this.#pending !== null;
  }

  /** How many look; 0 at first. */
  get viewers(): number {
    return this.#viewers;
  }

  set viewers(count: number) {
    this.#viewers = count;
    this.#schedule();
  }

  /** Renders the first frame soon, and whatever is to be rendered from then on. Does nothing when started. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  /** Renders nothing any more. Returns false when it was stopped already. */
  stop(): boolean {
    if (!this.#running) return false;
    this.#running = false;
    this.#cancel();
    this.#pauseLife();
    return true;
  }

  /** Says that the picture is to look different. */
  invalidate(): void {
    this.#changed = true;
    this.#resting = false;
    this.#lastChange = performance.now();
    this.#lastInvalidated = this.#lastChange;
    this.#schedule();
  }

  /** When the next frame is due, on performance.now()'s clock; null for never. Null `still`: it moves. */
  #next(): { due: number; still: boolean } | null {
    if (!this.#running) return null;
    const alive = this.#isAlive();
    if (this.#frames === 0) return { due: 0, still: !alive };
    if (this.#viewers === 0) return null;
    if (this.#changed || alive) return { due: this.#nextAt, still: false };
    if (this.#resting) return null;
    return { due: Math.max(this.#lastChange + this.#restMs, this.#nextAt), still: true };
  }

  #schedule(): void {
    const next = this.#next();
    if (next === null) {
      this.#cancel();
      this.#pauseLife();
      return;
    }
    if (this.#pending?.due === next.due) return;
    this.#cancel();
    const wait = next.due - performance.now();
    if (wait <= 0) {
      // Not at once: events that are waiting on this thread come first, and are then in the picture.
      const immediate = setImmediate(() => this.#frame());
      this.#pending = { due: next.due, cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(() => this.#frame(), wait);
      this.#pending = { due: next.due, cancel: () => clearTimeout(timer) };
    }
  }

  #frame(): void {
    this.#pending = null;
    const next = this.#next();
    if (next === null) return;
    const { still } = next;
    const now = performance.now();
    // Counted from when it was due where it came late: else one late event of 60 a second would delay all that follow.
    this.#nextAt = Math.max(this.#nextAt, now - this.#frameMs / 2) + this.#frameMs;
    this.#changed = false;
    this.#resting = still;
    this.#frames++;
    if (this.#isAlive() && this.#viewers > 0) this.#aliveSince ??= now;
    else this.#pauseLife();
    const life = this.#lifeMs + (this.#aliveSince === null ? 0 : now - this.#aliveSince);
    try {
      const steered = now - this.#lastInvalidated < this.#restMs;
      this.#options.renderFrame({ still, steered, seconds: life / 1000 });
    } finally {
      if (!still) this.#lastChange = Math.max(this.#lastChange, now);
      this.#schedule();
    }
  }

  #isAlive(): boolean {
    return this.#options.isAlive?.() ?? false;
  }

  #pauseLife(): void {
    if (this.#aliveSince === null) return;
    this.#lifeMs += performance.now() - this.#aliveSince;
    this.#aliveSince = null;
  }

  #cancel(): void {
    this.#pending?.cancel();
    this.#pending = null;
  }
}
