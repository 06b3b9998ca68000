import { Backoff } from "../../util/backoff.ts";
import type { ConnectionKindProbe } from "../connection/connection-kind.ts";
import type { Clock } from "../input/clock.ts";
import { chooseTransport, type Transport } from "./transport.ts";

export interface TransportSelectorOptions {
  /** An encoding, or "auto". */
  requested: string;
  connectionKind: Pick<ConnectionKindProbe, "add" | "kind">;
  clock: Pick<Clock, "now">;
}

/**
 * Selects the transport by request, connection and earlier failures: a transport that failed is avoided for half a minute, twice as
 * long after each further failure.
 */
export class TransportSelector {
  readonly #options: TransportSelectorOptions;
  readonly #failures = new Map<Transport, { backoff: Backoff; until: number }>();

  constructor(options: TransportSelectorOptions) {
    this.#options = options;
  }

  get isAuto(): boolean {
    return this.#options.requested === "auto";
  }

  /** Whether a transport can be selected; "auto" needs the connection kind. */
  get isReady(): boolean {
    return !this.isAuto || this.#options.connectionKind.kind !== undefined;
  }

  /** Names of the transports that are avoided now. */
  get failedNames(): string[] {
    return [...this.#failures.keys()]
      .filter((transport) => !this.#isWorking(transport))
      .map(({ name }) => name);
  }

  /** Adds a round-trip time, by which the connection kind is found, ms. */
  addRoundTrip(ms: number): void {
    this.#options.connectionKind.add(ms);
  }

  /** @param offered encodings of the server @param hasWebSocket whether the page's connection carries frames */
  select(offered: readonly string[], hasWebSocket = true): Transport | null {
    const { requested, connectionKind } = this.#options;
    const isWorking = (transport: Transport) => this.#isWorking(transport);
    return chooseTransport({
      requested,
      offered,
      hasWebSocket,
      isWorking,
      connectionKind: connectionKind.kind,
    });
  }

  onFailure(transport: Transport): void {
    const backoff = this.#failures.get(transport)?.backoff ?? new Backoff({ first: 30_000, max: 600_000 });
    this.#failures.set(transport, { backoff, until: this.#options.clock.now() + backoff.next() });
  }

  onSuccess(transport: Transport): void {
    this.#failures.delete(transport);
  }

  #isWorking(transport: Transport): boolean {
    return this.#options.clock.now() >= (this.#failures.get(transport)?.until ?? 0);
  }
}
