import type { Server } from "bun";
import { loadPage } from "../web/page.ts";
import type { Access } from "./access.ts";
import type { Hub } from "./hub.ts";
import { MjpegStream } from "./mjpeg.ts";
import { MULTIPART_HEADERS, type MultipartForm } from "./multipart.ts";
import { PATHS, QUERY, VIEWER_ID_PATTERN } from "./protocol.ts";
import { file, json, sentence } from "./responses.ts";
import type { SnapshotFormat } from "./snapshot.ts";
import type { ViewerSocket } from "./socket.ts";

/** What a WebSocket carries from its upgrade on. */
export interface SocketData {
  id: string;
  socket: ViewerSocket | null;
}

interface Call {
  request: Request;
  url: URL;
  server: Server<SocketData>;
}

type Handler = (call: Call) => Response | undefined | Promise<Response | undefined>;

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
  readonly #routes: ReadonlyMap<string, Handler>;

  constructor(access: Access, hub: Hub) {
    this.#access = access;
    this.#hub = hub;
    this.#routes = new Map<string, Handler>([
      ["/", (call) => this.#servePage(call)],
      [`/${PATHS.mjpeg}`, (call) => this.#serveMjpeg(call)],
      [`/${PATHS.socket}`, (call) => this.#upgrade(call)],
      [`/${PATHS.snapshotJpeg}`, (call) => this.#serveSnapshot(call, "jpeg")],
      [`/${PATHS.snapshotPng}`, (call) => this.#serveSnapshot(call, "png")],
      [`/${PATHS.state}`, () => json(this.#hub.state())],
    ]);
  }

  /** The answer; undefined where the request has become a WebSocket. */
  async answer(request: Request, server: Server<SocketData>): Promise<Response | undefined> {
    const url = new URL(request.url);
    if (url.pathname === "/healthz") return sentence(200, "ok");
    const refusal = this.#access.check(request, url);
    if (refusal !== null) return sentence(refusal.status, refusal.message);
    const handler = this.#routes.get(url.pathname);
    if (handler === undefined) {
      return sentence(404, "There is nothing at this address; the view is at / and its state at /state.");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sentence(405, `${url.pathname} answers GET and HEAD only.`, { Allow: "GET, HEAD" });
    }
    return handler({ request, url, server });
  }

  async #servePage({ request, url }: Call): Promise<Response> {
    const page = await loadPage();
    const cookie = this.#access.cookieFor(request, url);
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

  #serveMjpeg({ request, url, server }: Call): Response {
    const id = viewerId(url);
    if (id === null) return badViewer();
    if (request.method === "HEAD") return new Response(null, { headers: MULTIPART_HEADERS });
    server.timeout(request, 0);
    const { broadcast, viewers } = this.#hub;
    const stream = new MjpegStream(request.signal, {
      form: multipartForm(request, url),
      broadcast,
      onSent: (frame) => {
        const { number, width, height, eventMs } = frame;
        const ageMs = Math.max(0, performance.timeOrigin + performance.now() - frame.renderedAtMs);
        const bytes = frame.bytes.byteLength;
        viewers.notifyFrame(id, { type: "frame", frame: number, width, height, bytes, ageMs, eventMs });
      },
      onClosed: () => {
        viewers.removeStream(id, stream);
        // A client that does not read would otherwise hold its connection with what could not be sent.
        server.timeout(request, ENDED_TIMEOUT_S);
      },
    });
    viewers.addStream(id, stream);
    return stream.response;
  }

  #upgrade({ request, url, server }: Call): Response | undefined {
    const refusal = this.#access.checkOrigin(request);
    if (refusal !== null) return sentence(refusal.status, refusal.message);
    const id = viewerId(url);
    if (id === null) return badViewer();
    if (server.upgrade(request, { data: { id, socket: null } })) return undefined;
    return sentence(426, "This address speaks WebSocket only; the view is at /.", { Upgrade: "websocket" });
  }

  async #serveSnapshot({ request, server }: Call, format: SnapshotFormat): Promise<Response> {
    const headers = { "Content-Type": SNAPSHOT_TYPE[format] };
    if (request.method === "HEAD") return new Response(null, { headers });
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

/** The id in the query, one made up where there is none; null for one that is not of the form. */
function viewerId(url: URL): string | null {
  const id = url.searchParams.get(QUERY.viewer);
  if (id === null) return crypto.randomUUID();
  return VIEWER_ID_PATTERN.test(id) ? id : null;
}

function badViewer(): Response {
  return sentence(400, `"${QUERY.viewer}" must be 8 to 64 letters, digits, - or _.`);
}

function multipartForm(request: Request, url: URL): MultipartForm {
  const asked = url.searchParams.get(QUERY.advanceHeaders);
  const advance = asked === null ? request.headers.get("sec-fetch-dest") === "image" : asked !== "0";
  return advance ? "advance" : "length";
}
