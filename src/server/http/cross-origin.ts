import type { Access } from "../access/access.ts";
import { isLocalHost } from "../access/host-names.ts";
import { FRAGMENT_TYPE, SDP_TYPE } from "../signaling/whep.ts";
import { textResponse } from "./responses.ts";
import type { RequestContext, Route } from "./route.ts";

/**
 * Answers a CORS preflight, which grants nothing by itself. WHEP players send OPTIONS too, to get the ICE servers before their
 * offer. Those include passwords, so that only authorized requests get them (`addIceLinks`).
 */
export function answerPreflight(
  access: Access,
  { methods, isPublic }: Route,
  { request, caller }: RequestContext,
  addIceLinks: (headers: Headers) => void,
): Response {
  const refusal = access.origins.checkOrigin(request, caller.forwarded.hosts);
  if (refusal !== null) return textResponse(refusal.status, refusal.message);
  const headers = new Headers({
    Allow: [...(methods ?? []), "OPTIONS"].join(", "),
    ...(isPublic ? { "Accept-Patch": FRAGMENT_TYPE } : { "Accept-Post": SDP_TYPE }),
    "Access-Control-Allow-Methods": [...(methods ?? []), "OPTIONS"].join(", "),
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
  });
  if (!isPublic) addIceLinks(headers);
  allowOrigin(request, headers);
  return new Response(null, { status: 204, headers });
}

/** Allows the page of another origin, which `checkOrigin` has accepted, to read the response. */
export function allowOrigin(request: Request, headers: Headers): void {
  const origin = request.headers.get("origin");
  if (origin === null) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", "Location, Link, ETag, Accept-Patch, Accept-Post");
  headers.set("Vary", "Origin");
}

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
