import { guarded } from "../../native/guarded.ts";
import type { ViewersMessage } from "../../protocol/server-messages.ts";
import type { ViewerConnection } from "./viewer-connection.ts";

/** Minimum time between two messages to a viewer, ms. */
const INTERVAL_MS = 250;

/** What it needs to know of the viewers. */
interface PresenceSource {
  readonly count: number;
  readonly connections: readonly ViewerConnection[];
  /** Id of the viewer that steers; null if none. */
  readonly holder: string | null;
}

/** Sends to each viewer how many there are and who steers, when that changes. */
export class Presence {
  readonly #getSource: () => PresenceSource;
  /** The newest message to each connection. */
  readonly #sent = new WeakMap<ViewerConnection, ViewersMessage>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(getSource: () => PresenceSource) {
    this.#getSource = getSource;
  }

  /** To be called when something may have changed. */
  update(): void {
    const send = guarded("The viewers could not be notified of each other", () => this.#send());
    this.#timer ??= setTimeout(send, Math.max(0, this.#lastAt + INTERVAL_MS - performance.now())).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#timer = undefined;
    this.#lastAt = performance.now();
    const { count, connections, holder } = this.#getSource();
    for (const connection of connections) {
      const steers = holder === null ? null : holder === connection.id ? "you" : "another";
      const last = this.#sent.get(connection);
      if (last?.count === count && last.steers === steers) continue;
      const message = { type: "viewers", count, steers } as const;
      this.#sent.set(connection, message);
      connection.send(message);
    }
  }
}
