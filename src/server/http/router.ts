import type { Server, ServerWebSocket } from "bun";
import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import type { EncodedFrame } from "../../encode/frame.ts";
import { inBackground } from "../../native/guarded.ts";
import { PATHS } from "../../protocol/paths.ts";
import type { Access, Refusal, Role } from "../access/access.ts";
import { Admission } from "../access/admission.ts";
import { ClientAddresses } from "../access/client-address.ts";
import { MAX_BODY_BYTES } from "../access/limits.ts";
import type { Hub } from "../hub.ts";
import { METRICS_TYPE } from "../metrics/metrics.ts";
import { WebRtcRoutes, type WebRtcRoutesOptions } from "../signaling/webrtc-routes.ts";
import { WebSocketChannel } from "../viewers/message-channel.ts";
import { ViewerConnection } from "../viewers/viewer-connection.ts";
import { CompressedText } from "./compressed-text.ts";
import { allowOrigin, answerPreflight } from "./cors.ts";
import { frameAncestors, resourcePolicy } from "./embedding.ts";
import { EventRoutes } from "./event-routes.ts";
import { FrameRoutes } from "./frame-routes.ts";
import { jsonResponse, text, textResponse } from "./responses.ts";
import {
  type AuthorizedRequest,
  READ_METHODS,
  type RequestContext,
  type Route,
  type SocketContext,
  type SocketHandler,
} from "./route.ts";
import { TOKEN_PAGE_POLICY, tokenPage } from "./token-page.ts";

/** The answer to a request, for Bun.serve's `fetch` and `routes`; undefined where it has become a WebSocket. */
export type RequestHandler = (
  request: Request,
  server: Server<SocketContext>,
) => Promise<Response | undefined>;

export interface RouterOptions extends WebRtcRoutesOptions {
  /** See {@link AppOptions.page}. */
  page?: (() => Promise<PageDocument>) | undefined;
  /** See limits.ts. */
  maxViewers: number;
  /** See ClientAddresses. */
  trustedProxies: readonly string[];
}

const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // The URL may have the token.
  "Referrer-Policy": "no-referrer",
};

/** The document served at the base path. */
export interface PageDocument {
  readonly html: string;
  /** Value of its `Content-Security-Policy` header, without `frame-ancestors`. */
  readonly contentSecurityPolicy: string;
}

/** Compressed documents: each is compressed once for all servers of this process. */
const compressedPages = new WeakMap<PageDocument, CompressedText>();

/** Answers every request: who may, then which route, then which method. */
export class Router {
  readonly #access: Access;
  readonly #hub: Hub;
  readonly #base: string;
  readonly #page: RouterOptions["page"];
  readonly #admission: Admission;
  readonly #clients: ClientAddresses;
  readonly #rtc: WebRtcRoutes;
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(access: Access, hub: Hub, options: RouterOptions) {
    this.#access = access;
    this.#hub = hub;
    this.#base = options.base;
    this.#page = options.page;
    this.#clients = new ClientAddresses(options.trustedProxies);
    const admission = new Admission(hub.viewers, options.maxViewers);
    this.#admission = admission;
    this.#rtc = new WebRtcRoutes(hub, options, {
      admit: (call) => admission.admit(call),
      opened: (address) => admission.openConnection(address),
      onSent: (viewer, frame, rtpTimestamp) => this.#notifyFrame(viewer, frame, rtpTimestamp),
    });
    const pictures = new FrameRoutes(hub, admission, {
      ...options,
      onSent: (viewer, frame) => this.#notifyFrame(viewer, frame),
    });
    this.#routes = new Map<string, Route>([
      ["", { methods: READ_METHODS, handle: (call) => this.#servePage(call) }],
      [PATHS.mjpeg, pictures.mjpeg],
      // Any method: a page learns by POST, which tells its origin, why its socket was refused.
      [PATHS.socket, { methods: null, sameOriginOnly: true, handle: (call) => this.#upgrade(call) }],
      [PATHS.events, new EventRoutes(hub, admission).route],
      [PATHS.snapshotJpeg, pictures.snapshot("jpeg")],
      [PATHS.snapshotPng, pictures.snapshot("png")],
      [PATHS.state, { methods: READ_METHODS, handle: () => jsonResponse(this.#hub.state()) }],
      [PATHS.metrics, { methods: READ_METHODS, handle: () => this.#serveMetrics() }],
      ...this.#rtc.routes,
      ["healthz", { methods: READ_METHODS, isPublic: true, handle: () => textResponse(200, "ok") }],
    ]);
  }

  /** Every path below the base that is answered. */
  get paths(): string[] {
    return [...this.#routes.keys()];
  }

  /** Answers a request below the base by its path. */
  readonly answer: RequestHandler = (request, server) =>
    this.#answer(request, server, (url) => {
      const path = this.#pathBelowBase(url);
      return path === null ? undefined : this.#routeOf(path);
    });

  /** Answers a request by the route of this path, wherever it came. */
  handler(path: string): RequestHandler {
    const route = this.#routes.get(path);
    return (request, server) => this.#answer(request, server, () => route);
  }

  #routeOf(path: string): Route | undefined {
    return this.#routes.get(path) ?? this.#rtc.sessionRoute(path);
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
    const response = await this.#serve(routeOf(url), { request, url, server });
    if (response === undefined) return undefined;
    response.headers.set("Cross-Origin-Resource-Policy", resourcePolicy(this.#access, request, url));
    // Bun adds a Date to all other responses.
    if (request.method === "HEAD") response.headers.set("Date", new Date().toUTCString());
    // Otherwise Bun would read all the rest of a body that is too long or of unknown length.
    if (response.status === 413 || request.headers.has("transfer-encoding")) {
      response.headers.set("Connection", "close");
    }
    return response;
  }

  async #serve(route: Route | undefined, asked: RequestContext): Promise<Response | undefined> {
    const { request, url, server } = asked;
    const caller = this.#clients.of(request, server.requestIP(request)?.address);
    if (request.method === "OPTIONS" && route?.allowsCors) {
      const mayLook = typeof this.#access.authorize(request, url, caller) === "string";
      return answerPreflight(this.#access, route, request, (headers) => {
        if (mayLook) this.#rtc.addIceLinks(headers);
      });
    }
    const role = route?.isPublic ? "view" : this.#access.authorize(request, url, caller);
    if (typeof role !== "string") return this.#refuse(role, asked);
    if (this.#hub.stopping.aborted && !route?.isPublic) {
      return textResponse(503, "This view has ended.", { "Retry-After": "5" });
    }
    if (route === undefined) {
      return textResponse(
        404,
        `There is nothing at this address; the view is at ${this.#base} and its state at ${this.#base}${PATHS.state}.`,
      );
    }
    const { methods, sameOriginOnly: ownPagesOnly = false, handle } = route;
    if (methods !== null && !methods.includes(request.method)) {
      const headers = { Allow: [...methods, "OPTIONS"].join(", ") };
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
      return textResponse(405, `${url.pathname} answers ${methods.join(" and ")} only.`, headers);
    }
    const refusal =
      READ_METHODS.includes(request.method) && !ownPagesOnly ? null : this.#access.checkOrigin(request);
    if (refusal !== null) return textResponse(refusal.status, refusal.message);
    if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
      return textResponse(
        413,
        `A request may carry ${MAX_BODY_BYTES} bytes; this one has more. Send less at once.`,
      );
    }
    const response = await handle({ ...asked, role, address: caller.address });
    if (route.allowsCors && response !== undefined) allowOrigin(request, response.headers);
    return response;
  }

  /** The response to a refused request: a sentence, or for a browser that requests a page, one with a field for the token. */
  #refuse({ status, message, headers }: Refusal, { request, url }: RequestContext): Response {
    const isPage =
      READ_METHODS.includes(request.method) && request.headers.get("accept")?.includes("text/html");
    if (!isPage || status === 403) return textResponse(status, message, headers);
    const page = new Response(tokenPage(message, url), { status, headers: { ...PAGE_HEADERS, ...headers } });
    const policy = `${TOKEN_PAGE_POLICY}; ${frameAncestors(this.#access, url)}`;
    page.headers.set("Content-Security-Policy", policy);
    return page;
  }

  /** Null where it is not below. A page is also served without its slash: its addresses are made for that. */
  #pathBelowBase({ pathname }: URL): string | null {
    if (pathname.startsWith(this.#base)) return pathname.slice(this.#base.length);
    return `${pathname}/` === this.#base ? "" : null;
  }

  async #servePage({ request, url }: AuthorizedRequest): Promise<Response> {
    if (this.#page === undefined) {
      return textResponse(404, `This server has no page. Its state is at ${this.#base}${PATHS.state}.`);
    }
    const page = await this.#page();
    const compressed = compressedPages.getOrInsertComputed(page, () => new CompressedText(page.html));
    const { body, headers } = await compressed.bodyFor(request.headers.get("accept-encoding"));
    const cookie = this.#access.cookieFor(url);
    return new Response(body, {
      headers: {
        ...PAGE_HEADERS,
        ...headers,
        "Content-Security-Policy": `${page.contentSecurityPolicy}; ${frameAncestors(this.#access, url)}`,
        ...(cookie !== null && { "Set-Cookie": cookie }),
      },
    });
  }

  #upgrade(call: AuthorizedRequest): Response | undefined {
    const { request, server } = call;
    const id = this.#admission.admit(call);
    if (typeof id !== "string") return id;
    const open = (socket: ServerWebSocket<SocketContext>) => {
      const closed = this.#admission.openConnection(call.address);
      const end = this.#openSocket(socket, id, call.role);
      return {
        ...end,
        closed() {
          end.closed();
          closed();
        },
      };
    };
    if (request.method === "OPTIONS")
      return new Response(null, { status: 204, headers: { Allow: "GET, OPTIONS" } });
    if (request.method === "GET" && request.headers.has("upgrade") && !asksForUpgrade(request)) {
      return textResponse(
        400,
        'A WebSocket handshake needs the header "Connection: Upgrade". A proxy may have removed it.',
      );
    }
    if (request.method === "GET" && server.upgrade(request, { data: { open, handler: null } }))
      return undefined;
    return textResponse(426, `This address speaks WebSocket only; the view is at ${this.#base}.`, {
      Upgrade: "websocket",
    });
  }

  #openSocket(ws: ServerWebSocket<SocketContext>, id: string, role: Role): SocketHandler {
    const { viewers } = this.#hub;
    const socket = new ViewerConnection(new WebSocketChannel(ws), this.#hub, id, role === "control");
    viewers.addConnection(socket);
    return {
      receive: (data) => socket.receive(data),
      countFrame: (bytes) => void socket.countFrame(bytes),
      drained: () => socket.drained(),
      closed() {
        inBackground("The end of a viewer's socket could not be handled", socket.closed());
        viewers.removeConnection(socket);
      },
    };
  }

  /** Sends a viewer's page the metadata of the picture that it was just sent. */
  #notifyFrame(id: string, frame: EncodedFrame | EncodedVideoFrame, rtpTimestamp?: number): void {
    this.#hub.onSent(id, frame);
    const { number, width, height, eventMs, bytes, renderedAtMs } = frame;
    this.#hub.viewers.notifyFrame(id, {
      ...{ type: "frame", frame: number, width, height, eventMs, bytes: bytes.byteLength },
      ageMs: Math.max(0, performance.timeOrigin + performance.now() - renderedAtMs),
      ...(rtpTimestamp !== undefined && { rtpTimestamp }),
    });
  }

  async #serveMetrics(): Promise<Response> {
    return text(await this.#hub.metrics(), METRICS_TYPE);
  }
}

/** The request's URL; null if the Host header is malformed. An HTTP/1.0 request may have none: then Bun's URL is only a path. */
function requestUrl(request: Request): URL | null {
  const host = request.headers.get("host");
  const authority = host === null ? null : URL.parse(`http://${host}/`);
  if (host !== null && (authority === null || authority.href !== `http://${authority.host}/`)) return null;
  return URL.parse(request.url, "http://localhost");
}

/** Whether Connection lists Upgrade, as RFC 6455, 4.2.1 requires. Bun does not check it. */
function asksForUpgrade(request: Request): boolean {
  const options = request.headers.get("connection")?.split(",") ?? [];
  return options.some((option) => option.trim().toLowerCase() === "upgrade");
}
