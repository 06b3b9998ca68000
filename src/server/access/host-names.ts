import { hostname } from "node:os";

const LOCAL_NAME = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host name, without a port, means this machine only. */
export function isLocalHost(host: string): boolean {
  return LOCAL_NAME.test(host.toLowerCase());
}

/** Whether listening on this host means all addresses of this machine. */
export function isWildcardAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}

/**
 * URL of a server's page, for people. Contains the machine's host name if the server listens on all interfaces, since browsers
 * cannot open a wildcard address.
 * @param host the server's `host` option
 * @param port null: the scheme's own
 */
export function pageUrl(
  scheme: string,
  host: string,
  port: number | null,
  token: string | undefined,
): string {
  const name = isWildcardAddress(host)
    ? hostname()
    : host.includes(":") && !host.startsWith("[")
      ? `[${host}]`
      : host;
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  const authority = `${isLocalHost(name) ? name.toLowerCase() : name}${port === null ? "" : `:${port}`}`;
  return `${scheme}://${authority}/${query}`;
}
