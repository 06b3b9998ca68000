/**
 * Backoff before the renderer is restarted, in ms: none at first, then longer, so that a crash loop at start-up does not burn a core.
 * With a maximum of 5 s a renderer that was killed repeatedly took up to 11.9 s to return.
 */
const RESTART_DELAYS_MS = [0, 250, 500, 1000, 2000];

/** A renderer that was running for this long resets the backoff, ms. */
const STABLE_MS = 5000;

/** Start-up status messages are held back for this long after a crash, ms: the status "gone" stays readable, and most restarts are faster. */
const RECENT_MS = 2000;

/** Maximum number of consecutive crashes before the very first frame: the scene or the driver does not work here. */
const MAX_START_ATTEMPTS = 3;

/** Counts the consecutive crashes of renderers, and derives from them when the next renderer starts, and whether it does. */
export class RendererCrashes {
  #consecutive = 0;
  #newest = Number.NEGATIVE_INFINITY;

  get consecutive(): number {
    return this.#consecutive;
  }

  /** Whether the maximum for renderers without a first frame is reached. */
  get areTooMany(): boolean {
    return this.#consecutive >= MAX_START_ATTEMPTS;
  }

  /** Whether the newest crash was less than 2 s ago. */
  get isRecent(): boolean {
    return performance.now() - this.#newest <= RECENT_MS;
  }

  /** Delay before the next start, ms. */
  get restartDelayMs(): number {
    return RESTART_DELAYS_MS[Math.min(this.#consecutive, RESTART_DELAYS_MS.length) - 1] ?? 0;
  }

  /** Counts a crash. @param runningSince when the renderer had written its first frame; Infinity: it had none */
  add(runningSince: number): void {
    this.#newest = performance.now();
    if (this.#newest - runningSince > STABLE_MS) this.#consecutive = 0;
    this.#consecutive++;
  }

  /** To be called when a renderer was started for another reason than a crash. */
  reset(): void {
    this.#consecutive = 0;
  }
}
