/** Source of time in the page; tests use a manual clock. */
export const browserClock = {
  /** Monotonic time, ms. */
  now: () => performance.now(),
  /** Calls `task` once after `ms`; returns a function that cancels it. */
  after(ms: number, task: () => void): () => void {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  /** Calls `task` once before the browser's next paint; returns a function that cancels it. */
  beforePaint(task: () => void): () => void {
    const request = requestAnimationFrame(task);
    return () => cancelAnimationFrame(request);
  },
};
export type Clock = typeof browserClock;

interface ThrottleOptions<T> {
  intervalMs: number;
  clock: Clock;
  /** Combines the pending value with a newer one. Default: the newer one. */
  merge?: (pending: T, value: T) => T;
  /** Handles a value; the remainder that it returns stays pending. */
  deliver: (value: T) => T | undefined;
}

/**
 * Throttle with a trailing edge: delivers at most one value per interval, the first immediately and then whatever was merged
 * meanwhile, so the newest state is never lost. With an interval of 0 ms it delivers once per paint.
 */
export class Throttle<T> {
  readonly #options: ThrottleOptions<T>;
  #pending: { value: T } | undefined;
  #cancelTick: (() => void) | undefined;

  constructor(options: ThrottleOptions<T>) {
    this.#options = options;
  }

  push(value: T): void {
    const { merge } = this.#options;
    this.#pending = { value: merge && this.#pending ? merge(this.#pending.value, value) : value };
    if (this.#cancelTick === undefined) this.#tick();
  }

  /** Delivers the pending value now, for example before the release that ends a drag. */
  flush(): void {
    if (this.#pending === undefined) return;
    this.#cancelTick?.();
    this.#tick();
  }

  clear(): void {
    this.#pending = undefined;
  }

  #tick(): void {
    this.#cancelTick = undefined;
    if (this.#pending === undefined) return;
    const { value } = this.#pending;
    this.#pending = undefined;
    const remainder = this.#options.deliver(value);
    if (remainder !== undefined) this.#pending = { value: remainder };
    const next = () => this.#tick();
    this.#cancelTick =
      this.#options.intervalMs > 0
        ? this.#options.clock.after(this.#options.intervalMs, next)
        : this.#options.clock.beforePaint(next);
  }
}
