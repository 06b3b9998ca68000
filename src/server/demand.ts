/** A consumer of frames: a viewer's stream, a snapshot, a recording or a probe. */
export interface FrameConsumer {
  /**
   * Whether it accepts frames of reduced resolution, as the page does, which scales them to the view's size. For a
   * consumer that does not, they are scaled up while others accept them.
   */
  readonly acceptsReducedResolution: boolean;
}

/** Minimum interval between requests for full resolution, ms: each causes a slow frame for the viewer that steers. */
const FULL_RESOLUTION_INTERVAL_MS = 2000;

/**
 * Demand for frames: the number of consumers, and whether reduced resolution is sufficient. The renderer sleeps without demand.
 * A consumer that requires full resolution does not affect the others: reduced resolution stays allowed while any consumer accepts
 * it, and full resolution is requested for single frames, at most once in 2 s.
 */
export class Demand {
  readonly #onChanged: () => void;
  readonly #consumers = new Set<FrameConsumer>();
  #fullResolutionRequests = 0;
  /** Earliest time of the next request for full resolution, `performance.now()`. */
  #nextRequestAt = 0;

  /** `onChanged` is called after every change. */
  constructor(onChanged: () => void) {
    this.#onChanged = onChanged;
  }

  get consumers(): number {
    return this.#consumers.size;
  }

  /** Whether the renderer may reduce the resolution while the view moves. */
  get allowsReducedResolution(): boolean {
    if (this.#fullResolutionRequests > 0) return false;
    return this.#consumers.values().some((consumer) => consumer.acceptsReducedResolution);
  }

  /** Whether the interval since the last request for full resolution is over. */
  get mayRequestFullResolution(): boolean {
    return performance.now() >= this.#nextRequestAt;
  }

  add(consumer: FrameConsumer): void {
    this.#consumers.add(consumer);
    this.#onChanged();
  }

  /** Does nothing for an unknown consumer. */
  remove(consumer: FrameConsumer): void {
    if (this.#consumers.delete(consumer)) this.#onChanged();
  }

  /** Adds a consumer while `work` runs, which wakes a renderer that sleeps. */
  async during<Result>(consumer: FrameConsumer, work: () => Promise<Result>): Promise<Result> {
    this.add(consumer);
    try {
      return await work();
    } finally {
      this.remove(consumer);
    }
  }

  /** Requests full resolution while `work` runs. Concurrent requests share one frame. */
  async withFullResolution<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#fullResolutionRequests++;
    if (this.#fullResolutionRequests === 1) this.#onChanged();
    try {
      return await work();
    } finally {
      this.#nextRequestAt = performance.now() + FULL_RESOLUTION_INTERVAL_MS;
      this.#fullResolutionRequests--;
      if (this.#fullResolutionRequests === 0) this.#onChanged();
    }
  }
}
