import { hostname } from "node:os";
import { isLocalHost, isWildcardAddress } from "./access/host-names.ts";

/**
 * URL of a server's page, for people. Contains the machine's host name if the server listens on all interfaces, since browsers
 * cannot open a wildcard address.
 * @param host the server's `host` option
 */
export function pageUrl(scheme: string, host: string, port: number, token: string | undefined): string {
  const name = isWildcardAddress(host)
    ? hostname()
    : host.includes(":") && !host.startsWith("[")
      ? `[${host}]`
      : host;
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  return `${scheme}://${isLocalHost(name) ? name.toLowerCase() : name}:${port}/${query}`;
}
