export const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

/** The body of a PATCH request to a WHEP session (RFC 8840): candidates gathered after the offer. */
export interface TrickleFragment {
  /** Identifies the ICE session: that of the offer, or another one if the peer requests an ICE restart. */
  usernameFragment: string;
  /** SDP lines without "a=". */
  candidates: string[];
}

/** Parses a fragment; null if it has no `ice-ufrag`. */
export function parseFragment(text: string): TrickleFragment | null {
  const lines = text.split(/\r\n|\n/);
  const usernameFragment = usernameFragmentOf(lines);
  if (usernameFragment === null) return null;
  const candidates = lines.filter((line) => line.startsWith("a=candidate:")).map((line) => line.slice(2));
  return { usernameFragment, candidates };
}

/** The `ice-ufrag` of an offer or a fragment; null if there is none. */
export function usernameFragmentOf(lines: readonly string[]): string | null {
  const line = lines.find((each) => each.startsWith("a=ice-ufrag:"));
  return line?.slice("a=ice-ufrag:".length).trim() ?? null;
}
