import { PATHS } from "../../protocol/paths.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";

export const SDP_TYPE = "application/sdp";
export const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

/** The body of a PATCH request to a WHEP session (RFC 8840): candidates gathered after the offer. */
export interface TrickleFragment {
  /** Identifies the ICE session: equal to the ufrag of the offer, or different if the peer requests an ICE restart. */
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

/** Returns the `ice-ufrag` of an offer or a fragment, or null. */
export function usernameFragmentOf(lines: readonly string[]): string | null {
  const line = lines.find((each) => each.startsWith("a=ice-ufrag:"));
  return line?.slice("a=ice-ufrag:".length).trim() ?? null;
}

/** The media type of a request's body, in lower case and without parameters; undefined if not given. */
export function mediaType({ headers }: Request): string | undefined {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
}

/** The ETag of the ICE session, which lasts as long as the WHEP session. */
export function entityTag(id: string): string {
  return `"${id}"`;
}

/**
 * The Location of a new session, relative to the request's URL, so that it holds behind any prefix of a proxy. It contains the token
 * if the URL does: a client that sends it in the URL has no other means to send it with DELETE.
 */
export function sessionLocation({ pathname, searchParams }: URL, id: string): string {
  const token = searchParams.get("token");
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `${pathname.endsWith("/") ? "" : `${PATHS.whep}/`}${id}${query}`;
}

/** A Link header (RFC 8288) with the attributes of WHIP (RFC 9725, section 4.6). */
export function iceLink({ urls, username, credential }: IceServer): string {
  const secret =
    username === undefined || credential === undefined
      ? ""
      : `; username="${username}"; credential="${credential}"; credential-type="password"`;
  return `<${urls}>; rel="ice-server"${secret}`;
}
