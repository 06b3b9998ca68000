import { textResponse } from "./responses.ts";
import { READ_METHODS, type Route } from "./route.ts";

/**
 * `GET /healthz`. With `?instance=ID` it answers 200 only if this server was started with that id, and pages of all origins may read
 * that response: a notebook's frame finds out which of several addresses (this machine, a proxy, a tunnel) leads to its server.
 * @param instance the id; undefined: no id matches
 */
export function healthRoute(instance: string | undefined): Route {
  return {
    methods: READ_METHODS,
    isPublic: true,
    handle: ({ request, url }) => {
      const wanted = url.searchParams.get("instance");
      if (wanted === null) return textResponse(200, "ok");
      if (wanted !== instance) return textResponse(404, "This is another scenecast.");
      return textResponse(200, "ok", {
        "Access-Control-Allow-Origin": request.headers.get("origin") ?? "*",
        // Proxies authorize by a cookie.
        "Access-Control-Allow-Credentials": "true",
        Vary: "Origin",
      });
    },
  };
}
