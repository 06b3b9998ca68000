import type { Access } from "./access.ts";
import { sentence } from "./responses.ts";
import type { Route } from "./route.ts";

/** What a browser asks before a page of another origin may post: nobody's rights depend on it. */
export function answerPreflight(access: Access, { methods }: Route, request: Request): Response {
  const refusal = access.checkOrigin(request);
  if (refusal !== null) return sentence(refusal.status, refusal.message);
  const headers = new Headers({
    Allow: [...(methods ?? []), "OPTIONS"].join(", "),
    "Accept-Post": "application/sdp",
    "Access-Control-Allow-Methods": (methods ?? []).join(", "),
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
  });
  allowOrigin(request, headers);
  return new Response(null, { status: 204, headers });
}

/** Lets a page of another origin, which may use this server, read the answer. */
export function allowOrigin(request: Request, headers: Headers): void {
  const origin = request.headers.get("origin");
  if (origin === null) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", "Location, Link");
  headers.set("Vary", "Origin");
}
