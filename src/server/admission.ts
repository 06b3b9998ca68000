import { QUERY, VIEWER_ID_PATTERN } from "../protocol/paths.ts";
import { AddressLimiter, Connections, SNAPSHOT_LIMIT } from "./limits.ts";
import { sentence } from "./responses.ts";
import type { Call } from "./route.ts";
import type { Viewers } from "./viewers.ts";

/** Admission control: limits on viewers, on connections per address, and on snapshots per address. */
export class Admission {
  readonly #viewers: Viewers;
  readonly #maxViewers: number;
  readonly #connections: Connections;
  readonly #snapshots = new AddressLimiter(SNAPSHOT_LIMIT);

  constructor(viewers: Viewers, maxViewers: number) {
    this.#viewers = viewers;
    this.#maxViewers = maxViewers;
    this.#connections = new Connections(maxViewers);
  }

  /** The id of the viewer that opens a connection, or the response that refuses it. */
  admit({ url, address }: Call): string | Response {
    const id = viewerId(url);
    if (id === null) return sentence(400, `"${QUERY.viewer}" must be 8 to 64 letters, digits, - or _.`);
    const viewers = this.#viewers;
    if (!viewers.has(id) && viewers.count >= this.#maxViewers) {
      return sentence(
        503,
        `This view is full: it takes ${this.#maxViewers} at a time. Try again after one has left. Its owner can raise the limit with --max-viewers.`,
        { "Retry-After": "10" },
      );
    }
    return this.#refuseConnection(address) ?? id;
  }

  /** The response that refuses a snapshot; null if it is admitted. */
  refuseSnapshot({ address }: Call): Response | null {
    const refusal = this.#refuseConnection(address);
    if (refusal !== null || address === null || this.#snapshots.take(address)) return refusal;
    return sentence(
      429,
      `Your address requests more than ${SNAPSHOT_LIMIT.perSecond} snapshots per second. Open the MJPEG stream instead, or request fewer.`,
      { "Retry-After": "1" },
    );
  }

  /** Counts a connection of this address until the returned function is called. */
  opened(address: string | null): () => void {
    return this.#connections.opened(address);
  }

  #refuseConnection(address: string | null): Response | null {
    if (this.#connections.mayOpen(address)) return null;
    return sentence(
      429,
      `Your address has ${this.#connections.limit} connections to this view, which is as many as one may have. Close some of them; its owner can allow more by --max-viewers, of which an address has a quarter.`,
      { "Retry-After": "10" },
    );
  }
}

/** The id in the query, or a random one if the query has none; null if it is malformed. */
function viewerId(url: URL): string | null {
  const id = url.searchParams.get(QUERY.viewer);
  if (id === null) return crypto.randomUUID();
  return VIEWER_ID_PATTERN.test(id) ? id : null;
}
