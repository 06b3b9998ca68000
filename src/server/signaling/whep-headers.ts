import { PATHS } from "../../protocol/paths.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";

export const SDP_TYPE = "application/sdp";

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
