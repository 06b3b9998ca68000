const WINDOW_MS = 2000;

/** Rate of events over the last two seconds, and of an amount per event, for example bytes. */
export class RateMeter {
  #times: number[] = [];
  #amounts: number[] = [];

  tick(amount = 0, now = performance.now()): void {
    this.#times.push(now);
    this.#amounts.push(amount);
    if (this.#times.length > 1024) this.#dropOld(now);
  }

  perSecond(now = performance.now()): number {
    this.#dropOld(now);
    return this.#times.length / (WINDOW_MS / 1000);
  }

  amountPerSecond(now = performance.now()): number {
    this.#dropOld(now);
    return this.#amounts.reduce((sum, amount) => sum + amount, 0) / (WINDOW_MS / 1000);
  }

  #dropOld(now: number): void {
    const first = this.#times.findIndex((time) => now - time <= WINDOW_MS);
    const old = first < 0 ? this.#times.length : first;
    this.#times.splice(0, old);
    this.#amounts.splice(0, old);
  }
}
