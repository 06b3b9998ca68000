/** Token bucket: holds up to `burst` tokens, and gains `perSecond` of them every second. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #since: number;

  /** `now` as in {@link take}; `initial`: tokens at the start. */
  constructor(burst: number, perSecond: number, now = performance.now(), initial = burst) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = initial;
    this.#since = now;
  }

  /** Removes `amount` tokens; returns false, and removes none, if fewer are left. `now` in ms of `performance.now()`. */
  take(now = performance.now(), amount = 1): boolean {
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#since) / 1000) * this.#perSecond);
    this.#since = now;
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }
}
