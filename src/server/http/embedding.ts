import type { Access } from "../access/access.ts";
import { isLocalHost } from "../access/host-names.ts";

/**
 * CSP sources that may frame a page of this machine: local pages on any port, notebooks among them, and VS Code's notebooks. A
 * document with an opaque origin (top-level `about:blank`, a sandboxed frame) matches none: a page of any host can create one.
 */
const LOCAL_FRAMES =
  "http://localhost:* https://localhost:* http://*.localhost:* http://127.0.0.1:* https://127.0.0.1:* vscode-webview: vscode-file:";

/**
 * The `frame-ancestors` directive of a page, against clickjacking. Allowed are pages of the same host on any port, since a
 * notebook is one; pages of `--allow-origin`; and any page that knows the token, which can steer without clickjacking.
 * @returns an empty string if any page may frame it
 */
export function frameAncestors(access: Access, url: URL): string {
  // No directive: `frame-ancestors *` matches only http and https, and not a VS Code webview.
  if (access.credentials.hasTokenInUrl(url)) return "";
  const { hostname } = url;
  // A CSP host source cannot be an IPv6 address.
  const isName = /^[a-z0-9.-]+$/.test(hostname);
  const hosts = isLocalHost(hostname)
    ? [LOCAL_FRAMES]
    : isName
      ? [`http://${hostname}:* https://${hostname}:*`]
      : [];
  return ["frame-ancestors 'self'", ...hosts, ...access.origins.allowedOrigins].join(" ");
}

/**
 * The `Cross-Origin-Resource-Policy` of a response: pages of other sites cannot embed it as an image, unless they know the token,
 * or Referer names a page of `--allow-origin` or of this machine. A page can omit Referer, and cannot forge it. This machine is
 * a case of its own because browsers treat 127.0.0.1 and localhost as different sites.
 */
export function resourcePolicy(access: Access, request: Request, url: URL): "same-site" | "cross-origin" {
  const page = URL.parse(request.headers.get("referer") ?? "");
  const isAllowed =
    page !== null && (isLocalHost(page.hostname) || access.origins.allowedOrigins.includes(page.origin));
  return isAllowed || access.credentials.hasTokenInUrl(url) ? "cross-origin" : "same-site";
}
