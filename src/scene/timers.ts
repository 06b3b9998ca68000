export type TimerId = number;

/** Repeating and single timers that can be stopped together. */
export class Timers {
  readonly #timers = new Map<TimerId, ReturnType<typeof setTimeout>>();
  #lastId = 0;

  /**
   * @param repeat call back repeatedly instead of once
   * @param interval ms
   * @throws RangeError unless the interval is positive and at most 2^31 - 1
   */
  add(repeat: boolean, interval: number, callback: () => void): TimerId {
    if (!(interval > 0 && interval <= 2 ** 31 - 1)) {
      throw new RangeError(`the interval of a timer must be above 0 ms, not ${interval}`);
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const onTimeout = () => {
      this.#timers.delete(id);
      callback();
    };
    this.#timers.set(id, repeat ? setInterval(callback, interval) : setTimeout(onTimeout, interval));
    return id;
  }

  /** @returns false if there is no such timer */
  remove(id: TimerId): boolean {
    clearTimeout(this.#timers.get(id));
    return this.#timers.delete(id);
  }

  clear(): void {
    for (const id of [...this.#timers.keys()]) this.remove(id);
  }
}
