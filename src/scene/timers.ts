export type TimerId = number;

/** Repeating and single timers that end together with their owner. */
export class Timers {
  readonly #timers = new Map<TimerId, ReturnType<typeof setTimeout>>();
  #last = 0;

  /**
   * @param repeat call again and again, or once
   * @param interval ms, above 0
   * @throws RangeError for an interval that is not a positive number
   */
  add(repeat: boolean, interval: number, callback: () => void): TimerId {
    if (!(interval > 0 && interval <= 2 ** 31 - 1)) {
      throw new RangeError(`a timer's interval must be above 0 ms, not ${interval}`);
    }
    this.#last += 1;
    const id = this.#last;
    if (repeat) {
      this.#timers.set(id, setInterval(callback, interval));
    } else {
      this.#timers.set(
        id,
        setTimeout(() => {
          this.#timers.delete(id);
          callback();
        }, interval),
      );
    }
    return id;
  }

  /** @returns false when there is no such timer (any more) */
  remove(id: TimerId): boolean {
    clearTimeout(this.#timers.get(id));
    return this.#timers.delete(id);
  }

  clear(): void {
    for (const id of [...this.#timers.keys()]) this.remove(id);
  }
}
