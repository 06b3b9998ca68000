/** A STUN or TURN server, in the form of a browser's RTCIceServer. */
export interface IceServer {
  /** `stun:host:port`, `turn:host:port?transport=udp`, … */
  urls: string;
  username?: string;
  credential?: string;
}

/** Maximum time for gathering candidates from ICE servers, ms. */
export const GATHERING_TIMEOUT_MS = 1_000;

const HOST = String.raw`(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?`;
const STUN = new RegExp(`^stun:${HOST}$`);
const TURN = new RegExp(`^(turns?):([^:@"\\s]+):([^@"\\s]+)@(${HOST}(?:\\?transport=(?:udp|tcp))?)$`);

export const ICE_SERVER_RULE =
  "An ICE server is written like stun:host:3478 or turn:user:password@host:3478?transport=udp.";

/** Parses an ICE server as {@link ICE_SERVER_RULE} says; null if malformed. */
export function parseIceServer(text: string): IceServer | null {
  if (!hasValidPort(text)) return null;
  if (STUN.test(text)) return { urls: text };
  const [, scheme, username, credential, rest] = TURN.exec(text) ?? [];
  if (scheme === undefined || username === undefined || credential === undefined) return null;
  return { urls: `${scheme}:${rest}`, username, credential };
}

/** Adds a STUN server if there is none, because werift would use a public one: a TURN server answers STUN as well. */
export function withStun(servers: readonly IceServer[]): IceServer[] {
  const [first] = servers;
  if (first === undefined || servers.some(({ urls }) => urls.startsWith("stun:"))) return [...servers];
  const urls = first.urls.replace(/^turns?:/, "stun:").replace(/\?.*$/, "");
  return [{ urls }, ...servers];
}

function hasValidPort(text: string): boolean {
  const port = /:(\d+)(?:\?.*)?$/.exec(text)?.[1];
  return port === undefined || (Number(port) > 0 && Number(port) < 65_536);
}
