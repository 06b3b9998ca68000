import type { Access } from "./access.ts";
import { isLocalHost } from "./host-names.ts";

/**
 * What frames a page of this machine: notebooks and others on any port of it, and VS Code's notebooks. A document without an
 * origin (top-level `about:blank`, a sandboxed frame) matches none of these: a page of any host can make one.
 */
const LOCAL_FRAMES =
  "http://localhost:* https://localhost:* http://*.localhost:* http://127.0.0.1:* https://127.0.0.1:* vscode-webview: vscode-file:";

/**
 * The `frame-ancestors` of a page: which pages may show it in a frame, where somebody who does not know that could be led to
 * click. Pages of the same host on any port may, since a notebook is one; those of `--allow-origin`; and any page that knows
 * the token, which has no need of a trick.
 * @returns an empty string where any page may
 */
export function frameAncestors(access: Access, url: URL): string {
  // No directive: `frame-ancestors *` matches http and https alone, and no VS Code webview.
  if (access.hasTokenInUrl(url)) return "";
  const { hostname } = url;
  // What a policy can name: an IPv6 address is none.
  const isName = /^[a-z0-9.-]+$/.test(hostname);
  const hosts = isLocalHost(hostname)
    ? [LOCAL_FRAMES]
    : isName
      ? [`http://${hostname}:* https://${hostname}:*`]
      : [];
  return ["frame-ancestors 'self'", ...hosts, ...access.allowedOrigins].join(" ");
}

/**
 * The `Cross-Origin-Resource-Policy` of an answer: pages of other sites can not use it as a picture, unless they know the token,
 * or Referer, which a page can only leave out, says that they are of `--allow-origin` or of this machine. To a browser 127.0.0.1
 * is another site than localhost.
 */
export function resourcePolicy(access: Access, request: Request, url: URL): "same-site" | "cross-origin" {
  const page = URL.parse(request.headers.get("referer") ?? "");
  const isAllowed =
    page !== null && (isLocalHost(page.hostname) || access.allowedOrigins.includes(page.origin));
  return isAllowed || access.hasTokenInUrl(url) ? "cross-origin" : "same-site";
}
