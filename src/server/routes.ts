import type { Server, ServerWebSocket } from "bun";
import type { EncodedFrame } from "../encode/frame.ts";
import type { EncodedVideo } from "../encode/video.ts";
import { inBackground } from "../native/guarded.ts";
import { loadPage } from "../web/page.ts";
import { type Access, clientAddress, type Role } from "./access.ts";
import { allowOrigin, answerPreflight } from "./cross-origin.ts";
import type { Hub } from "./hub.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Connections, MAX_BODY_BYTES } from "./limits.ts";
import { METRICS_TYPE } from "./metrics.ts";
import { MjpegStream } from "./mjpeg.ts";
import { MULTIPART_HEADERS, type MultipartForm } from "./multipart.ts";
import { PATHS, QUERY, VIEWER_ID_PATTERN } from "./protocol.ts";
import { file, headersOnly, json, sentence, text } from "./responses.ts";
import type { Asked, Call, Route, SocketData, SocketEnd } from "./route.ts";
import type { SnapshotFormat } from "./snapshot.ts";
import { ViewerSocket } from "./socket.ts";
import { waitingPicture } from "./waiting-picture.ts";
import { RtcRoutes, type RtcRoutesOptions } from "./webrtc/rtc-routes.ts";

/** The answer to a request, for Bun.serve's `fetch` and `routes`; undefined where it has become a WebSocket. */
export type RequestHandler = (request: Request, server: Server<SocketData>) => Promise<Response | undefined>;

export interface RoutesOptions extends RtcRoutesOptions {
  /** See limits.ts. */
  maxViewers: number;
}

const READ = ["GET", "HEAD"];
const SNAPSHOT_WAIT_MS = 10_000;
/** Seconds of silence on the connection: Bun's default of 10 would cut the wait off. */
const SNAPSHOT_TIMEOUT_S = 30;
/** Seconds that the connection of an ended stream may take for the rest. */
const ENDED_TIMEOUT_S = 5;
const SNAPSHOT_TYPE: Record<SnapshotFormat, string> = { jpeg: "image/jpeg", png: "image/png" };

/** Answers every request: who may, then which route, then which method. */
export class Routes {
  readonly #access: Access;
  readonly #hub: Hub;
  readonly #base: string;
  readonly #maxViewers: number;
  readonly #connections: Connections;
  readonly #keepAlive = new KeepAlive();
  readonly #rtc: RtcRoutes;
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(access: Access, hub: Hub, options: RoutesOptions) {
    this.#access = access;
    this.#hub = hub;
    this.#base = options.base;
    this.#maxViewers = options.maxViewers;
    this.#connections = new Connections(options.maxViewers);
    this.#rtc = new RtcRoutes(hub, options, {
      admit: (call) => this.#admitViewer(call),
      opened: (address) => this.#connections.opened(address),
      onSent: (viewer, frame, rtpTimestamp) => this.#tellOf(frame, viewer, rtpTimestamp),
    });
    this.#routes = new Map<string, Route>([
      ["", { methods: READ, handle: (call) => this.#servePage(call) }],
      [PATHS.mjpeg, this.#mjpegRoute(options)],
      // Any method: a page learns by POST, which tells its origin, why its socket was refused.
      [PATHS.socket, { methods: null, ownPagesOnly: true, handle: (call) => this.#upgrade(call) }],
      [PATHS.snapshotJpeg, { methods: READ, handle: (call) => this.#serveSnapshot(call, "jpeg") }],
      [PATHS.snapshotPng, { methods: READ, handle: (call) => this.#serveSnapshot(call, "png") }],
      [PATHS.state, { methods: READ, handle: () => json(this.#hub.state()) }],
      [PATHS.metrics, { methods: READ, handle: () => this.#serveMetrics() }],
      [PATHS.offer, this.#rtc.offer],
      [PATHS.whep, this.#rtc.whep],
      ["healthz", { methods: READ, open: true, handle: () => sentence(200, "ok") }],
    ]);
  }

  /** Every path below the base that is answered. */
  get paths(): string[] {
    return [...this.#routes.keys()];
  }

  /** Answers a request below the base by its path. */
  readonly answer: RequestHandler = async (request, server) => {
    const url = requestUrl(request);
    const path = this.#pathBelowBase(url);
    return this.#serve(path === null ? undefined : this.#routeOf(path), { request, url, server });
  };

  /** Answers a request by the route of this path, wherever it came. */
  handler(path: string): RequestHandler {
    const route = this.#routes.get(path);
    return async (request, server) => this.#serve(route, { request, url: requestUrl(request), server });
  }

  #routeOf(path: string): Route | undefined {
    return this.#routes.get(path) ?? this.#rtc.sessionRoute(path);
  }

  async #serve(route: Route | undefined, asked: Asked): Promise<Response | undefined> {
    const { request, url, server } = asked;
    const address = clientAddress(request, server.requestIP(request)?.address);
    if (request.method === "OPTIONS" && route?.preflight) {
      const mayLook = typeof this.#access.admit(request, url, address) === "string";
      return answerPreflight(this.#access, route, request, (headers) => {
        if (mayLook) this.#rtc.addIceLinks(headers);
      });
    }
    const role = route?.open ? "look" : this.#access.admit(request, url, address);
    if (typeof role !== "string") return sentence(role.status, role.message, role.headers);
    if (this.#hub.stopping.aborted && !route?.open) {
      return sentence(503, "This view has ended.", { "Retry-After": "5" });
    }
    if (route === undefined) {
      return sentence(
        404,
        `There is nothing at this address; the view is at ${this.#base} and its state at ${this.#base}${PATHS.state}.`,
      );
    }
    const { methods, ownPagesOnly = false, handle } = route;
    if (methods !== null && !methods.includes(request.method)) {
      return sentence(405, `${url.pathname} answers ${methods.join(" and ")} only.`, {
        Allow: methods.join(", "),
      });
    }
    const refusal = READ.includes(request.method) && !ownPagesOnly ? null : this.#access.checkOrigin(request);
    if (refusal !== null) return sentence(refusal.status, refusal.message);
    // What nobody reads of a body, Bun drops as it comes.
    if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
      return sentence(
        413,
        `A request may carry ${MAX_BODY_BYTES} bytes; this one has more. Send less at once.`,
      );
    }
    const response = await handle({ ...asked, role, address });
    if (route.preflight && response !== undefined) allowOrigin(request, response.headers);
    return response;
  }

  /**
   * Why there is no place for one more connection of this caller; null where there is. `viewer`: its id, null for who wants a
   * single picture.
   */
  #refuseCrowd({ address }: Call, viewer: string | null): Response | null {
    const { viewers } = this.#hub;
    if (viewer !== null && !viewers.has(viewer) && viewers.count >= this.#maxViewers) {
      return sentence(
        503,
        `This view is full: it takes ${this.#maxViewers} at a time. Try again when somebody has left; its owner can let more in by --max-viewers.`,
        { "Retry-After": "10" },
      );
    }
    if (this.#connections.mayOpen(address)) return null;
    return sentence(
      429,
      `Your address has ${this.#connections.limit} connections to this view, which is as many as one may have. Close some of them; its owner can allow more by --max-viewers, of which an address has a quarter.`,
      { "Retry-After": "10" },
    );
  }

  /** The id of who opens a connection, or why it has no place. */
  #admitViewer(call: Call): string | Response {
    const id = viewerId(call.url);
    return id === null ? badViewer() : (this.#refuseCrowd(call, id) ?? id);
  }

  /** Null where it is not below. A page is also served without its slash: its addresses are made for that. */
  #pathBelowBase({ pathname }: URL): string | null {
    if (pathname.startsWith(this.#base)) return pathname.slice(this.#base.length);
    return `${pathname}/` === this.#base ? "" : null;
  }

  async #servePage({ url }: Call): Promise<Response> {
    const page = await loadPage();
    const cookie = this.#access.cookieFor(url);
    return new Response(page.html, {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        // The page may be framed (notebooks do), and tells no other site its address with the token.
        "Content-Security-Policy": page.contentSecurityPolicy,
        "Referrer-Policy": "no-referrer",
        ...(cookie !== null && { "Set-Cookie": cookie }),
      },
    });
  }

  #mjpegRoute({ base, providesMjpeg }: RoutesOptions): Route {
    if (providesMjpeg) return { methods: READ, handle: (call) => this.#serveMjpeg(call) };
    const why = `There is no MJPEG stream: this server was started without it (--no-mjpeg, or providesMjpeg: false). Single pictures are at ${base}${PATHS.snapshotJpeg}.`;
    return { methods: null, handle: () => sentence(404, why) };
  }

  #serveMjpeg(call: Call): Response {
    const { request, url, server, address } = call;
    const id = viewerId(url);
    if (id === null) return badViewer();
    const form = multipartForm(request, url);
    if (form === null) return sentence(400, `"${QUERY.advanceHeaders}" must be 0 or 1.`);
    if (request.method === "HEAD") return headersOnly(MULTIPART_HEADERS);
    const refusal = this.#refuseCrowd(call, id);
    if (refusal !== null) return refusal;
    const closed = this.#connections.opened(address);
    server.timeout(request, 0);
    const { broadcast, viewers } = this.#hub;
    const stream = new MjpegStream(request.signal, {
      form,
      broadcast,
      keepAlive: this.#keepAlive,
      meanwhile: this.#hub.hasPicture || !wantsWords(request, url) ? null : waitingPicture(),
      onSent: (frame) => this.#tellOf(frame, id),
      onClosed: () => {
        viewers.removeStream(id, stream);
        closed();
        // A client that does not read would otherwise hold its connection with what could not be sent.
        server.timeout(request, ENDED_TIMEOUT_S);
      },
    });
    viewers.addStream(id, stream);
    return stream.response;
  }

  #upgrade(call: Call): Response | undefined {
    const { request, server } = call;
    const id = this.#admitViewer(call);
    if (typeof id !== "string") return id;
    const open = (socket: ServerWebSocket<SocketData>) => {
      const closed = this.#connections.opened(call.address);
      const end = this.#openSocket(socket, id, call.role);
      return {
        ...end,
        closed() {
          end.closed();
          closed();
        },
      };
    };
    if (request.method === "GET" && server.upgrade(request, { data: { open, end: null } })) return undefined;
    return sentence(426, `This address speaks WebSocket only; the view is at ${this.#base}.`, {
      Upgrade: "websocket",
    });
  }

  #openSocket(ws: ServerWebSocket<SocketData>, id: string, role: Role): SocketEnd {
    const { viewers } = this.#hub;
    const socket = new ViewerSocket(ws, this.#hub, id, role === "steer");
    viewers.addSocket(socket);
    return {
      receive: (data) => socket.receive(data),
      count: (bytes) => void socket.count(bytes),
      closed() {
        inBackground("The end of a viewer's socket could not be handled", socket.closed());
        viewers.removeSocket(socket);
      },
    };
  }

  /** Tells a viewer's page of the picture that it has just been sent. */
  #tellOf(frame: EncodedFrame | EncodedVideo, id: string, rtpTimestamp?: number): void {
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

  async #serveSnapshot(call: Call, format: SnapshotFormat): Promise<Response> {
    const { request, server, address } = call;
    const headers = { "Content-Type": SNAPSHOT_TYPE[format] };
    if (request.method === "HEAD") return headersOnly(headers);
    const refusal = this.#refuseCrowd(call, null);
    if (refusal !== null) return refusal;
    using closing = new DisposableStack();
    closing.defer(this.#connections.opened(address));
    server.timeout(request, SNAPSHOT_TIMEOUT_S);
    const { viewers, snapshots, stopping } = this.#hub;
    const signal = AbortSignal.any([request.signal, stopping]);
    const snapshot = await viewers.whileLooking(() => snapshots.take(format, SNAPSHOT_WAIT_MS, signal));
    if (snapshot !== null) {
      return file(snapshot.bytes, SNAPSHOT_TYPE[format], { "X-Frame": String(snapshot.frame.number) });
    }
    return sentence(503, `There is no picture: ${this.#hub.whyNoPicture()}.`, { "Retry-After": "5" });
  }
}

/** An HTTP/1.0 client may name no host: then Bun has the path alone. */
function requestUrl(request: Request): URL {
  return new URL(request.url, "http://localhost");
}

/** The id in the query, one made up where there is none; null for one that is not of the form. */
function viewerId(url: URL): string | null {
  const id = url.searchParams.get(QUERY.viewer);
  if (id === null) return crypto.randomUUID();
  return VIEWER_ID_PATTERN.test(id) ? id : null;
}

function badViewer(): Response {
  return sentence(400, `"${QUERY.viewer}" must be 8 to 64 letters, digits, - or _.`);
}

/**
 * Whether a person looks at the bare stream, in an `<img>` or a window, who is to read there that a frame is waited for.
 * The page says it in words of its own, and a program wants frames alone.
 */
function wantsWords(request: Request, url: URL): boolean {
  return (
    !url.searchParams.has(QUERY.viewer) && /image\/|text\/html/.test(request.headers.get("accept") ?? "")
  );
}

/** What shows a stream by its parts, and paints one only when the next one's headers are there: `<img>`, and a tab or frame. */
const SHOWN_BY_BROWSER = new Set(["image", "document", "iframe", "frame", "embed", "object"]);

/** As the query asks, else as suits the client; null where the query asks for neither. */
function multipartForm(request: Request, url: URL): MultipartForm | null {
  const asked = url.searchParams.get(QUERY.advanceHeaders);
  if (asked === null) {
    return SHOWN_BY_BROWSER.has(request.headers.get("sec-fetch-dest") ?? "") ? "advance" : "length";
  }
  if (asked === "1") return "advance";
  return asked === "0" ? "length" : null;
}
