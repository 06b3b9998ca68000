/** How long a renderer may be silent, ms. */
export interface LivenessLimits {
  /** Running: until viewers read that it does not answer. Three heartbeats; a slow picture takes less. */
  silentMs: number;
  /** Running: until it counts as hung. Ten times what the slowest picture took that was seen (3 s, 7 million triangles in software). */
  hungMs: number;
  /**
   * Starting and loading: until it counts as hung, without a progress message. A heartbeat is no sign of life there: a loader that waits
   * for ever leaves the timer running, and one that works on a large file holds it up.
   */
  noProgressMs: number;
}

export const LIVENESS_LIMITS: LivenessLimits = { silentMs: 3000, hungMs: 30_000, noProgressMs: 120_000 };

/** Extra time for each byte of the files, ms: a loader that parses 2 MB/s, a twentieth of the usual, is no hung one. */
export const EXTRA_MS_PER_BYTE = 1 / 2000;

/** A renderer that came back from a pause may make another of this many times the length before it counts as hung. */
const PAUSE_MARGIN = 5;

const TICK_MS = 500;

interface LivenessEvents {
  /** Running, and silent for {@link LivenessLimits.silentMs}. */
  onSilent: () => void;
  /** It said something again after that. */
  onAnswer: () => void;
  /** It counts as hung; nothing follows. `silentMs` is how long it was silent. */
  onHung: (silentMs: number) => void;
}

/** Watchdog of one renderer process: tells from the messages that it sends, and that it does not, whether it is alive. */
export class RendererLiveness {
  readonly #limits: LivenessLimits;
  readonly #events: LivenessEvents;
  readonly #timer: ReturnType<typeof setInterval>;
  #running = false;
  #silent = false;
  #silentMs = 0;
  #longestPauseMs = 0;
  #lastTick = performance.now();

  constructor(limits: LivenessLimits, events: LivenessEvents) {
    this.#limits = limits;
    this.#events = events;
    const tickMs = Math.min(TICK_MS, limits.silentMs / 4);
    this.#timer = setInterval(() => this.#tick(tickMs), tickMs);
    this.#timer.unref();
  }

  /** Progress of a start or of loading: it is not running until {@link running} says so. */
  progressed(): void {
    this.#running = false;
    this.#heard();
  }

  /** It draws pictures, and is expected to send heartbeats from now on. */
  running(): void {
    this.#heard();
    this.#running = true;
  }

  heartbeat(): void {
    if (this.#running) this.#heard();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #heard(): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, this.#silentMs);
    this.#silentMs = 0;
    if (!this.#silent) return;
    this.#silent = false;
    this.#events.onAnswer();
  }

  #tick(tickMs: number): void {
    const now = performance.now();
    // Where this process itself was stopped (Ctrl+Z, a debugger) messages wait unread: that is no silence of the renderer's.
    this.#silentMs += Math.min(now - this.#lastTick, 2 * tickMs);
    this.#lastTick = now;
    const { silentMs, hungMs, noProgressMs } = this.#limits;
    const limit = this.#running ? Math.max(hungMs, PAUSE_MARGIN * this.#longestPauseMs) : noProgressMs;
    if (this.#silentMs >= limit) {
      this.close();
      this.#events.onHung(this.#silentMs);
    } else if (this.#running && !this.#silent && this.#silentMs >= silentMs) {
      this.#silent = true;
      this.#events.onSilent();
    }
  }
}
