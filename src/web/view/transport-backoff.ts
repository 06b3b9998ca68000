import { Backoff } from "../../util/backoff.ts";
import type { Transport } from "./transport.ts";

/** Remembers which transports gave no picture: each is left alone for half a minute, and longer every time. */
export class TransportBackoff {
  readonly #failures = new Map<Transport, { backoff: Backoff; until: number }>();

  /** It gave nothing. Times are ms of one clock. */
  onFailure(transport: Transport, now: number): void {
    const backoff = this.#failures.get(transport)?.backoff ?? new Backoff({ first: 30_000, max: 600_000 });
    this.#failures.set(transport, { backoff, until: now + backoff.next() });
  }

  /** Names of the transports that failed and are not tried now. */
  failedNames(now: number): string[] {
    return [...this.#failures].filter(([, { until }]) => now < until).map(([{ name }]) => name);
  }

  /** It gave a picture. */
  reset(transport: Transport): void {
    this.#failures.delete(transport);
  }

  /** Whether it may be tried. */
  isAvailable(transport: Transport, now: number): boolean {
    return now >= (this.#failures.get(transport)?.until ?? 0);
  }
}
