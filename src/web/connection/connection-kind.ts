import { isLoopbackHost } from "./server-urls.ts";

/** How the page reaches its server: on the same machine, through a tunnel (`ssh -L`), or over a network. */
export type ConnectionKind = "local" | "tunnel" | "remote";

/** Maximum round trip that counts as local, ms. Measured: 1 to 5 ms on one machine, 20 ms and more through an SSH tunnel. */
const MAX_LOCAL_RTT_MS = 20;
/** Slow round trips that are needed to conclude "tunnel". A busy machine delays some of its answers, so the minimum counts. */
const SAMPLE_COUNT = 3;

/**
 * Finds the connection kind from the page's address and from the minimum round-trip time (RTT). A loopback address alone
 * does not prove a local server: it may be the near end of a tunnel.
 */
export class ConnectionKindProbe {
  readonly #isLoopback: boolean;
  #minRttMs = Number.POSITIVE_INFINITY;
  #samples = 0;

  /** `hostname` as in `location.hostname`; `pageRequestMs`: see {@link pageRequestMs}. */
  constructor(hostname: string, pageRequestMs: number | null) {
    this.#isLoopback = isLoopbackHost(hostname);
    // A new connection through a tunnel costs two round trips. It is not counted as a sample: a slow response may be the
    // server still preparing the page.
    if (pageRequestMs !== null) this.#minRttMs = pageRequestMs / 2;
  }

  /** The connection kind; undefined until there are enough samples. */
  get kind(): ConnectionKind | undefined {
    if (!this.#isLoopback) return "remote";
    if (this.#minRttMs <= MAX_LOCAL_RTT_MS) return "local";
    return this.#samples < SAMPLE_COUNT ? undefined : "tunnel";
  }

  /** Adds an RTT sample, ms. */
  add(rttMs: number): void {
    this.#samples++;
    this.#minRttMs = Math.min(this.#minRttMs, rttMs);
  }
}

/** Time from the page's own request to the first byte of its response, ms; null if the browser does not report it. */
export function pageRequestMs(): number | null {
  const [page] = performance.getEntriesByType("navigation");
  if (page === undefined || !("responseStart" in page && "requestStart" in page)) return null;
  return Number(page.responseStart) - Number(page.requestStart);
}
