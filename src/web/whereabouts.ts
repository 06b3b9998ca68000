import { isThisMachine } from "./addresses.ts";

/** Where the server is, as far as a page can tell: on the browser's own machine, at the other end of a tunnel, or on a network. */
export type Whereabouts = "here" | "tunnel" | "network";

/** A round trip to this machine takes 1 to 5 ms, and an SSH tunnel's 20 and more. */
const NEAR_MS = 20;
/** A busy machine answers late now and then, and never early: the fastest of these counts. */
const SAMPLES = 3;

/**
 * Where the server of a page is, by its address and, for one of this machine's own addresses, by round trips: behind such an
 * address may be the far end of a tunnel (`ssh -L`).
 */
export class ServerWhereabouts {
  readonly #isLocalAddress: boolean;
  #fastestMs = Number.POSITIVE_INFINITY;
  #samples = 0;

  /** `hostname` as `location.hostname` has it; `pageMs`: how long the page's own request took, null where not known. */
  constructor(hostname: string, pageMs: number | null) {
    this.#isLocalAddress = isThisMachine(hostname);
    // Through a tunnel it is two round trips. One that was late proves nothing: the server may have made the page meanwhile.
    if (pageMs !== null) this.#fastestMs = pageMs / 2;
  }

  /** Undefined while more round trips are needed to tell. */
  get known(): Whereabouts | undefined {
    if (!this.#isLocalAddress) return "network";
    if (this.#fastestMs <= NEAR_MS) return "here";
    return this.#samples < SAMPLES ? undefined : "tunnel";
  }

  /** Adds a round trip, ms. */
  add(roundTripMs: number): void {
    this.#samples++;
    this.#fastestMs = Math.min(this.#fastestMs, roundTripMs);
  }
}

/** How long the page's own request took until its answer began, ms; null where the browser does not say. */
export function pageRequestMs(): number | null {
  const [page] = performance.getEntriesByType("navigation");
  if (page === undefined || !("responseStart" in page && "requestStart" in page)) return null;
  return Number(page.responseStart) - Number(page.requestStart);
}
