import type { Clock } from "./clock.ts";

/**
 * Hands values on at most once an interval: the first at once, then what has come together since, so that nothing of
 * the newest state is lost. With an interval of 0 ms the pace is that of painting.
 */
export class Paced<T> {
  readonly #intervalMs: number;
  readonly #merge: (held: T, value: T) => T;
  readonly #deliver: (value: T) => T | undefined;
  readonly #clock: Clock;
  #held: { value: T } | undefined;
  #cancelTurn: (() => void) | undefined;

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
    this.#held = { value: this.#held === undefined ? value : this.#merge(this.#held.value, value) };
    if (this.#cancelTurn === undefined) this.#turn();
  }

  /** Delivers what is held now instead of at its turn, for example before the release that ends a drag. */
  flush(): void {
    if (this.#held === undefined) return;
    this.#cancelTurn?.();
    this.#turn();
  }

  /** Forgets what is held. */
  drop(): void {
    this.#held = undefined;
  }

  #turn(): void {
    this.#cancelTurn = undefined;
    if (this.#held === undefined) return;
    const { value } = this.#held;
    this.#held = undefined;
    const rest = this.#deliver(value);
    if (rest !== undefined) this.#held = { value: rest };
    const next = () => this.#turn();
    this.#cancelTurn =
      this.#intervalMs > 0 ? this.#clock.after(this.#intervalMs, next) : this.#clock.beforePaint(next);
  }
}
