export const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

/** What a PATCH of a WHEP session says (RFC 8840): candidates that the offer did not have. */
export interface TrickleFragment {
  /** Whose they are: the offer's, or a new one where ICE is to begin again. */
  usernameFragment: string;
  /** As SDP has them, without "a=". */
  candidates: string[];
}

/** Null for what is no such fragment. */
export function parseFragment(text: string): TrickleFragment | null {
  const lines = text.split(/\r\n|\n/);
  const usernameFragment = usernameFragmentOf(lines);
  if (usernameFragment === null) return null;
  const candidates = lines.filter((line) => line.startsWith("a=candidate:")).map((line) => line.slice(2));
  return { usernameFragment, candidates };
}

/** Of an offer, or of such a fragment. */
export function usernameFragmentOf(lines: readonly string[]): string | null {
  const line = lines.find((each) => each.startsWith("a=ice-ufrag:"));
  return line?.slice("a=ice-ufrag:".length).trim() ?? null;
}
