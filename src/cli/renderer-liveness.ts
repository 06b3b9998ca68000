import { statSync } from "node:fs";
import { basename } from "node:path";

/** Timeouts of a renderer process that sends no messages, ms. */
export const LIVENESS_LIMITS = {
  /** Silence of a running renderer after which viewers are informed: three heartbeat intervals; even a slow frame is faster. */
  silentMs: 3000,
  /**
   * Silence of a running renderer after which it counts as hung. SwiftShader renders 70,000 triangles in 50 ms (1080p), so a frame of
   * 30 s would have 40 million.
   */
  hungMs: 30_000,
  /**
   * Time without a progress message after which a renderer that starts or loads counts as hung. Heartbeats are not evaluated: they
   * continue while a loader waits forever, and stop while it parses a large file.
   */
  noProgressMs: 120_000,
};
export type LivenessLimits = typeof LIVENESS_LIMITS;

/** Additional timeout per byte of the files, ms: 0.5 MB/s. An OBJ file of 2.4 MB was loaded at 2.2 MB/s on a busy machine. */
export const EXTRA_MS_PER_BYTE = 1 / 500;

/**
 * The timeouts of a renderer that loads files, which may take long, or a module, which may not: it sends heartbeats meanwhile.
 *
 * @param limits those of small files
 */
export function limitsFor(
  files: readonly string[],
  hasModule: boolean,
  limits: LivenessLimits = LIVENESS_LIMITS,
): LivenessLimits {
  const extraMs = bytesOf(files) * EXTRA_MS_PER_BYTE;
  const { silentMs, hungMs } = limits;
  const noProgressMs = hasModule ? hungMs : limits.noProgressMs;
  return { silentMs, hungMs: hungMs + extraMs, noProgressMs: noProgressMs + extraMs };
}

/** Total size of the files; unreadable ones count as 0 bytes. */
function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => {
    try {
      return sum + statSync(file).size;
    } catch {
      return sum;
    }
  }, 0);
}

/** The hang timeout is at least this many times the longest pause after which the renderer has answered again. */
const PAUSE_FACTOR = 5;

/** Maximum interval of the check, ms. */
const MAX_TICK_MS = 500;

interface LivenessEvents {
  /** No message for {@link LivenessLimits.silentMs} while running. */
  onSilent: () => void;
  /** First message after {@link onSilent}. */
  onAnswer: () => void;
  /** It counts as hung: no message for `silentMs`. This is the last event. */
  onHung: (silentMs: number) => void;
}

/** Watchdog of one renderer process: detects a hang by the absence of its messages. */
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

  /** Call it for each progress message. The loading timeout applies until {@link onRunning}. */
  onProgress(): void {
    this.#running = false;
    this.#restart();
  }

  /** Call it when the renderer starts to render frames. It must send heartbeats from now on. */
  onRunning(): void {
    this.#restart();
    this.#running = true;
  }

  onHeartbeat(): void {
    if (this.#running) this.#restart();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #restart(): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, this.#silentMs);
    this.#silentMs = 0;
    if (!this.#silent) return;
    this.#silent = false;
    this.#events.onAnswer();
  }

  #tick(tickMs: number): void {
    const now = performance.now();
    // A late tick counts as at most two: this process itself was stopped (Ctrl+Z, a debugger), and messages are still unread.
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

/** Why a module's renderer was killed. */
export function hangReason(silentMs: number): string {
  return `it did not answer for ${Math.round(silentMs / 1000)} s, as in an endless loop`;
}

/** The message for files whose loading hangs. */
export function loadingHangs(files: readonly string[], phase: string, silentMs: number): string {
  const names = files.map((file) => basename(file)).join(", ") || "the demo scene";
  return (
    `${names}: loading hangs: ${phase} made no progress for ${Math.round(silentMs / 1000)} s. The content may be damaged in a way that ` +
    "the loader does not detect. Try to open it in another program and save it again."
  );
}
