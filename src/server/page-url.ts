import { hostname } from "node:os";
import { isEveryAddress, isLocalHost } from "./host-names.ts";

/**
 * The address of a server's page, for people: the machine's name where it listens on all interfaces.
 * @param host as the server's option has it
 */
export function pageUrl(scheme: string, host: string, port: number, token: string | undefined): string {
  const name = isEveryAddress(host)
    ? hostname()
    : host.includes(":") && !host.startsWith("[")
      ? `[${host}]`
      : host;
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  return `${scheme}://${isLocalHost(name) ? name.toLowerCase() : name}:${port}/${query}`;
}
