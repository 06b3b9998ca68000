const TIMEOUT_MS = 30_000;

/** Wakes waits for a condition that can change only by certain events, so that none of them polls. */
export class Signal {
  readonly #waits = new Set<() => void>();

  /** Checks the conditions of all waits again. */
  notify(): void {
    for (const check of [...this.#waits]) check();
  }

  /** Resolves when the condition holds. @throws Error after 30 s; `what` completes "Timed out: " */
  async until(condition: () => boolean, what = String(condition)): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => condition() && resolve();
    const timer = setTimeout(() => reject(new Error(`Timed out: ${what}`)), TIMEOUT_MS);
    this.#waits.add(check);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waits.delete(check);
    }
  }
}
