import type { Clock } from "./clock.ts";

/**
 * Hands values on at most once an interval: the first at once, then what has come together since, so that nothing of
 * the newest state is lost. With an interval of 0 ms the pace is that of painting.
 */
export class Throttle<T> {
  readonly #intervalMs: number;
  readonly #merge: (held: T, value: T) => T;
  readonly #deliver: (value: T) => T | undefined;
  readonly #clock: Clock;
  #pending: { value: T } | undefined;
  #cancelTick: (() => void) | undefined;

  /**
   * @param options.merge what is held when `value` comes before its turn; by default the newest alone
   * @param options.deliver takes the value; what it returns is held for the next turn
   */
  constructor(options: {
    intervalMs: number;
    clock: Clock;
    merge?: (held: T, value: T) => T;
    deliver: (value: T) => T | undefined;
  }) {
    this.#intervalMs = options.intervalMs;
    this.#clock = options.clock;
    this.#merge = options.merge ?? ((_held, value) => value);
    this.#deliver = options.deliver;
  }

  push(value: T): void {
    this.#pending = { value: this.#pending === undefined ? value : this.#merge(this.#pending.value, value) };
    if (this.#cancelTick === undefined) this.#tick();
  }

  /** Delivers what is held now instead of at its turn, for example before the release that ends a drag. */
  flush(): void {
    if (this.#pending === undefined) return;
    this.#cancelTick?.();
    this.#tick();
  }

  /** Forgets what is held. */
  drop(): void {
    this.#pending = undefined;
  }

  #tick(): void {
    this.#cancelTick = undefined;
    if (this.#pending === undefined) return;
    const { value } = this.#pending;
    this.#pending = undefined;
    const rest = this.#deliver(value);
    if (rest !== undefined) this.#pending = { value: rest };
    const next = () => this.#tick();
    this.#cancelTick =
      this.#intervalMs > 0 ? this.#clock.after(this.#intervalMs, next) : this.#clock.beforePaint(next);
  }
}
