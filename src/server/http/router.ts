import type { Server } from "bun";
import { PATHS } from "../../protocol/paths.ts";
import type { Access } from "../access/access.ts";
import { Admission } from "../access/admission.ts";
import { ClientAddresses, UNIX_SOCKET_PEER } from "../access/client-address.ts";
import { DEFAULT_MAX_VIEWERS, MAX_BODY_BYTES } from "../access/limits.ts";
import type { AppOptions } from "../app.ts";
import type { Hub } from "../hub.ts";
import { metricsText } from "../metrics/metrics.ts";
import { METRICS_TYPE } from "../metrics/prometheus-text.ts";
import { serverState } from "../metrics/state.ts";
import { WebRtcRoutes } from "../signaling/webrtc-routes.ts";
import { allowOrigin, answerPreflight, resourcePolicy } from "./cross-origin.ts";
import { eventRoute } from "./event-route.ts";
import { FrameRoutes } from "./frame-routes.ts";
import { healthRoute } from "./health-route.ts";
import { PageRoutes } from "./page-routes.ts";
import { pickRoute } from "./pick-route.ts";
import { RecordRoutes } from "./record-routes.ts";
import { bodyTooLarge, jsonResponse, textResponse } from "./responses.ts";
import { READ_METHODS, type RequestContext, type Route, type SocketContext } from "./route.ts";
import { sceneRoute } from "./scene-route.ts";
import { socketRoute } from "./socket-route.ts";

/** Answers a request, for Bun.serve's `fetch` and `routes`; undefined if it was upgraded to a WebSocket. */
export type RequestHandler = (
  request: Request,
  server: Server<SocketContext>,
) => Promise<Response | undefined>;

/** Answers requests: finds the route, authorizes the request, and checks method, origin and size of the body. */
export class Router {
  readonly #access: Access;
  readonly #hub: Hub;
  readonly #base: string;
  readonly #clients: ClientAddresses;
  readonly #pages: PageRoutes;
  readonly #webrtc: WebRtcRoutes;
  readonly #records: RecordRoutes;
  /** By path below the base. */
  readonly routes: ReadonlyMap<string, Route>;

  /** @throws RangeError if `path`, `maxViewers` or a proxy is invalid */
  constructor(access: Access, hub: Hub, options: AppOptions) {
    const { path = "/", maxViewers = DEFAULT_MAX_VIEWERS } = options;
    if (!path.startsWith("/") || /[?#*]/.test(path)) {
      throw new RangeError(`The path ${JSON.stringify(path)} is invalid; it must be like "/view".`);
    }
    if (!(Number.isInteger(maxViewers) && maxViewers > 0)) {
      throw new RangeError(`maxViewers is ${maxViewers}; it must be an integer, 1 or more.`);
    }
    const base = path.endsWith("/") ? path : `${path}/`;
    this.#access = access;
    this.#hub = hub;
    this.#base = base;
    this.#clients = new ClientAddresses(options.trustedProxies);
    const admission = new Admission(hub.viewers, maxViewers);
    this.#pages = new PageRoutes(access, base, options.page);
    this.#webrtc = new WebRtcRoutes(hub, admission, base);
    const frames = new FrameRoutes(hub, admission, base);
    this.#records = new RecordRoutes(hub);
    this.routes = new Map<string, Route>([
      ["", this.#pages.page],
      [PATHS.mjpeg, frames.mjpeg],
      [PATHS.socket, socketRoute(hub, admission, base)],
      [PATHS.events, eventRoute(hub, admission)],
      [PATHS.snapshotJpeg, frames.snapshot("jpeg")],
      [PATHS.snapshotPng, frames.snapshot("png")],
      [PATHS.scene, sceneRoute(hub)],
      [PATHS.pick, pickRoute(hub, admission)],
      [PATHS.record, this.#records.route],
      [PATHS.state, { methods: READ_METHODS, handle: () => jsonResponse(serverState(hub)) }],
      [
        PATHS.metrics,
        {
          methods: READ_METHODS,
          handle: () => textResponse(200, metricsText(hub), { "Content-Type": METRICS_TYPE }),
        },
      ],
      ...this.#webrtc.routes,
      ["healthz", healthRoute(options.instance)],
    ]);
  }

  /** Answers a request below the base by its path. */
  readonly answer: RequestHandler = (request, server) =>
    this.#answer(request, server, (url) => {
      const path = this.#pathBelowBase(url);
      return path === null
        ? undefined
        : (this.routes.get(path) ?? this.#webrtc.sessionRoute(path) ?? this.#records.routeOf(path));
    });

  /** Answers requests by the route of this path, regardless of their own path. */
  handler(path: string): RequestHandler {
    const route = this.routes.get(path);
    return (request, server) => this.#answer(request, server, () => route);
  }

  async #answer(
    request: Request,
    server: Server<SocketContext>,
    routeOf: (url: URL) => Route | undefined,
  ): Promise<Response | undefined> {
    const url = requestUrl(request);
    if (url === null) {
      const host = (request.headers.get("host") ?? "").slice(0, 200);
      return textResponse(400, `The Host header ${JSON.stringify(host)} is not a valid host name.`, {
        Connection: "close",
      });
    }
    const caller = this.#clients.of(request, peerOf(request, server));
    const route = routeOf(url);
    const [host] = caller.forwarded.hosts;
    if (host !== undefined) url.host = host;
    if (caller.forwarded.isHttps) url.protocol = "https:";
    const response = await this.#serve(route, { request, url, server, caller });
    if (response === undefined) return undefined;
    response.headers.set("Cross-Origin-Resource-Policy", resourcePolicy(this.#access, request, url));
    // Bun adds a Date to all other responses.
    if (request.method === "HEAD") response.headers.set("Date", new Date().toUTCString());
    // Otherwise Bun would read the rest of a body that is too long or of unknown length.
    if (response.status === 413 || request.headers.has("transfer-encoding")) {
      response.headers.set("Connection", "close");
    }
    return response;
  }

  async #serve(route: Route | undefined, context: RequestContext): Promise<Response | undefined> {
    const { request, url, caller } = context;
    const { hosts } = caller.forwarded;
    if (request.method === "OPTIONS" && route?.allowsCors) {
      const isAuthorized = typeof this.#access.authorize(request, url, caller) === "string";
      return answerPreflight(this.#access, route, context, (headers) => {
        if (isAuthorized) this.#webrtc.addIceLinks(headers);
      });
    }
    const role = route?.isPublic ? "view" : this.#access.authorize(request, url, caller);
    if (typeof role !== "string") return this.#pages.refuse(role, context);
    if (this.#hub.stopping.aborted && !route?.isPublic) {
      return textResponse(503, "This view has ended.", { "Retry-After": "5" });
    }
    if (route === undefined) {
      return textResponse(
        404,
        `There is nothing at this address. The view is at ${this.#base} and its state at ${this.#base}${PATHS.state}.`,
      );
    }
    const { methods, sameOriginOnly = false, handle } = route;
    if (methods !== null && !methods.includes(request.method)) {
      const headers = { Allow: [...methods, "OPTIONS"].join(", ") };
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
      return textResponse(405, `${url.pathname} supports ${methods.join(" and ")} only.`, headers);
    }
    const isRead = READ_METHODS.includes(request.method) && !sameOriginOnly;
    const refusal = isRead ? null : this.#access.origins.checkOrigin(request, hosts);
    if (refusal !== null) return textResponse(refusal.status, refusal.message);
    if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
      return bodyTooLarge();
    }
    const response = await handle({ ...context, role, address: caller.address });
    if (route.allowsCors && response !== undefined) allowOrigin(request, response.headers);
    return response;
  }

  /** The path below the base; null for any other path. The base is also accepted without its trailing slash, which the page supports. */
  #pathBelowBase({ pathname }: URL): string | null {
    if (pathname.startsWith(this.#base)) return pathname.slice(this.#base.length);
    return `${pathname}/` === this.#base ? "" : null;
  }
}

/** Remote address of the connection, as {@link ClientAddresses.of} requires it. */
function peerOf(request: Request, server: Server<SocketContext>): string | undefined {
  // Only a server on a Unix socket has no port; one that was stopped has none either, and answers 503.
  return server.requestIP(request)?.address ?? (server.port === undefined ? UNIX_SOCKET_PEER : undefined);
}

/** The request's URL; null if the Host header is malformed. An HTTP/1.0 request may have none: then Bun's URL is only a path. */
function requestUrl(request: Request): URL | null {
  const host = request.headers.get("host");
  const authority = host === null ? null : URL.parse(`http://${host}/`);
  if (host !== null && (authority === null || authority.href !== `http://${authority.host}/`)) return null;
  return URL.parse(request.url, "http://localhost");
}
