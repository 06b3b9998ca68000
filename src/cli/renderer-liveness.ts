/** Timeouts of a renderer that sends no messages, ms. */
export interface LivenessLimits {
  /** While running: viewers then read that it does not answer. Three heartbeat intervals; even a slow frame takes less. */
  silentMs: number;
  /**
   * While running: it then counts as hung. SwiftShader draws 70,000 triangles in 50 ms (1080p), so a frame of 30 s would have 40 million.
   */
  hungMs: number;
  /**
   * While starting or loading: without a progress message it then counts as hung. Heartbeats are not evaluated here: a loader that waits
   * for ever does not stop them, and one that parses a large file does.
   */
  noProgressMs: number;
}

export const LIVENESS_LIMITS: LivenessLimits = { silentMs: 3000, hungMs: 30_000, noProgressMs: 120_000 };

/** Additional timeout per byte of the files, ms: 0.5 MB/s. An OBJ of 2.4 MB was loaded at 2.2 MB/s on a busy machine. */
export const EXTRA_MS_PER_BYTE = 1 / 500;

/** The hang timeout is at least this many times the longest pause that the renderer has recovered from. */
const PAUSE_FACTOR = 5;

/** Longest interval of the check, ms. */
const MAX_TICK_MS = 500;

interface LivenessEvents {
  /** Running, and silent for {@link LivenessLimits.silentMs}. */
  onSilent: () => void;
  /** A message arrived after {@link onSilent}. */
  onAnswer: () => void;
  /** It counts as hung, after `silentMs` without a message. The last event. */
  onHung: (silentMs: number) => void;
}

/** Watchdog of one renderer process: detects from its messages, and from their absence, whether it is alive. */
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
    const tickMs = Math.min(MAX_TICK_MS, limits.silentMs / 4);
    this.#timer = setInterval(() => this.#tick(tickMs), tickMs);
    this.#timer.unref();
  }

  /** A progress message of its start or of a load: the loading timeout applies until {@link running}. */
  progressed(): void {
    this.#running = false;
    this.#heard();
  }

  /** It renders frames, and must send heartbeats from now on. */
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
    // If this process itself was stopped (Ctrl+Z, a debugger), unread messages are waiting: a late tick counts as at most two.
    this.#silentMs += Math.min(now - this.#lastTick, 2 * tickMs);
    this.#lastTick = now;
    const { silentMs, hungMs, noProgressMs } = this.#limits;
    const limit = this.#running ? Math.max(hungMs, PAUSE_FACTOR * this.#longestPauseMs) : noProgressMs;
    if (this.#silentMs >= limit) {
      this.close();
      this.#events.onHung(this.#silentMs);
    } else if (this.#running && !this.#silent && this.#silentMs >= silentMs) {
      this.#silent = true;
      this.#events.onSilent();
    }
  }
}
