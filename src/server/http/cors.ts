import type { Access } from "../access/access.ts";
import { FRAGMENT_TYPE, SDP_TYPE } from "../signaling/whep.ts";
import { textResponse } from "./responses.ts";
import type { Route } from "./route.ts";

/**
 * Answers a CORS preflight, which grants nothing by itself. WHEP players send OPTIONS too, to get the ICE servers before their
 * offer. Those include passwords, so that only authorized requests get them (`addIceLinks`).
 */
export function answerPreflight(
  access: Access,
  { methods, isPublic }: Route,
  request: Request,
  addIceLinks: (headers: Headers) => void,
): Response {
  const refusal = access.origins.checkOrigin(request);
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
