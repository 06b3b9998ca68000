import { QUERY, VIEWER_ID_PATTERN } from "../../protocol/paths.ts";
import { textResponse } from "../http/responses.ts";
import type { AuthorizedRequest } from "../http/route.ts";
import type { Viewers } from "../viewers/viewers.ts";
import { AddressLimiter, ConnectionCounter, PICK_LIMIT, SNAPSHOT_LIMIT } from "./limits.ts";

/** Admission control: limits on viewers, on connections per address, and on snapshots per address. */
export class Admission {
  readonly #viewers: Viewers;
  readonly #maxViewers: number;
  readonly connections: ConnectionCounter;
  readonly #snapshots = new AddressLimiter(SNAPSHOT_LIMIT);
  readonly #picks = new AddressLimiter(PICK_LIMIT);

  constructor(viewers: Viewers, maxViewers: number) {
    this.#viewers = viewers;
    this.#maxViewers = maxViewers;
    this.connections = new ConnectionCounter(maxViewers);
  }

  /** The id of the viewer that opens a connection, or the response that refuses it. */
  admit({ url, address }: AuthorizedRequest): string | Response {
    const id = viewerId(url);
    if (id === null) return textResponse(400, `"${QUERY.viewer}" must be 8 to 64 letters, digits, - or _.`);
    const viewers = this.#viewers;
    if (!viewers.has(id) && viewers.count >= this.#maxViewers) {
      return textResponse(
        503,
        `This view is full: its limit of viewers is ${this.#maxViewers}. Try again after one has left. Its owner can raise the limit with --max-viewers.`,
        { "Retry-After": "10" },
      );
    }
    return this.#refuseConnection(address) ?? id;
  }

  /** The response that refuses a snapshot; null if it is admitted. */
  refuseSnapshot({ address }: AuthorizedRequest): Response | null {
    const refusal = this.#refuseConnection(address);
    if (refusal !== null || address === null || this.#snapshots.take(address)) return refusal;
    return textResponse(
      429,
      `Your address requests more than ${SNAPSHOT_LIMIT.perSecond} snapshots per second. Open the MJPEG stream instead, or request fewer.`,
      { "Retry-After": "1" },
    );
  }

  /** The response that refuses a question for a place of the view; null if it is admitted. */
  refusePick({ address }: AuthorizedRequest): Response | null {
    if (address === null || this.#picks.take(address)) return null;
    return textResponse(429, `Your address asks more than ${PICK_LIMIT.perSecond} times per second.`, {
      "Retry-After": "1",
    });
  }

  #refuseConnection(address: string | null): Response | null {
    if (this.connections.canOpen(address)) return null;
    return textResponse(
      429,
      `Your address has ${this.connections.limit} connections to this view, which is the maximum. Close some of them. Its owner can raise the limit with --max-viewers: an address may have a quarter of it.`,
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
