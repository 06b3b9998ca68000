import { Backoff } from "../backoff.ts";
import type { Transport } from "./transport.ts";

/** Remembers which transports gave no picture: each is left alone for half a minute, and longer every time. */
export class Setbacks {
  readonly #known = new Map<Transport, { backoff: Backoff; until: number }>();

  /** It gave nothing. Times are ms of one clock. */
  add(transport: Transport, now: number): void {
    const backoff =
      this.#known.get(transport)?.backoff ?? new Backoff({ firstMs: 30_000, longestMs: 600_000 });
    this.#known.set(transport, { backoff, until: now + backoff.next() });
  }

  /** Names of the transports that failed and are not tried now. */
  failedNames(now: number): string[] {
    return [...this.#known].filter(([, { until }]) => now < until).map(([{ name }]) => name);
  }

  /** It gave a picture. */
  forget(transport: Transport): void {
    this.#known.delete(transport);
  }

  /** Whether it may be tried. */
  mayWork(transport: Transport, now: number): boolean {
    return now >= (this.#known.get(transport)?.until ?? 0);
  }
}
