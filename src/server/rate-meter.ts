/** How far back a rate looks, ms: long enough to be calm, short enough to follow. */
const WINDOW_MS = 2000;

/** Events per second over the last two seconds. */
export class RateMeter {
  #times: number[] = [];

  tick(now = performance.now()): void {
    this.#times.push(now);
    if (this.#times.length > 1024) this.#forget(now);
  }

  perSecond(now = performance.now()): number {
    this.#forget(now);
    return this.#times.length / (WINDOW_MS / 1000);
  }

  #forget(now: number): void {
    const first = this.#times.findIndex((time) => now - time <= WINDOW_MS);
    this.#times.splice(0, first < 0 ? this.#times.length : first);
  }
}
