import { hostname } from "node:os";
import { getLogger } from "@logtape/logtape";
import type { Server } from "bun";
import type { CameraState } from "../memory/info-extension.ts";
import { setListenerOptions } from "../native/process.ts";
import { Access, isLocalHost } from "./access.ts";
import { startError } from "./errors.ts";
import { Hub } from "./hub.ts";
import { CLOSE, type RendererStatus } from "./protocol.ts";
import type { SegmentNames } from "./renderer-link.ts";
import { sentence } from "./responses.ts";
import { Routes, type SocketData } from "./routes.ts";
import { SOCKET_LIMITS, ViewerSocket } from "./socket.ts";
import type { ServerState } from "./state.ts";

const log = getLogger(["scenecast", "server"]);

/** Bytes of unsent data that the kernel takes per connection: a slow reader is 50 ms behind instead of 2.3 s (DESIGN, HTTP). */
const NOT_SENT_LOWAT = 16384;

/** How long viewers get to hear that the server stops, at most; it stops at once when they have closed, ms. */
const GOODBYE_MS = 300;

export interface ServerOptions {
  /** Address to listen on. Default "localhost"; any other asks viewers for a token. */
  host?: string;
  /** TCP port, 0 takes a free one. Default 8000. */
  port?: number;
  /** What viewers must show. Default: nothing on localhost, a made-up token elsewhere. */
  token?: string;
  /** Origins of other pages that may open sockets, for example "https://hub.example.org". Default none. */
  allowOrigins?: readonly string[];
  /** What the page is called. Default "scenecast". */
  title?: string;
}

/**
 * Starts the server; it listens when the promise settles, and shows "starting" until a renderer is attached.
 * @throws ServerStartError when it can not listen there; its message says what to do.
 */
export async function startServer(options: ServerOptions = {}): Promise<ScenecastServer> {
  return new ScenecastServer(options);
}

/** A running server: the page, its picture and its events for whatever renderer is attached. */
export class ScenecastServer {
  /** Where the view can be opened, with the token where one is needed. */
  readonly url: string;
  readonly port: number;
  /** What viewers must show; undefined where nothing is needed. */
  readonly token: string | undefined;
  readonly #hub: Hub;
  readonly #server: Server<SocketData>;
  #stopped: Promise<void> | undefined;

  /** Use {@link startServer}. */
  constructor(options: ServerOptions) {
    const { host = "localhost", port = 8000, title = "scenecast" } = options;
    const access = new Access({ ...options, host });
    this.token = access.token;
    this.#hub = new Hub(title, (error) => log.error`A frame could not be encoded: ${error}`);
    this.#server = listen(host, port, new Routes(access, this.#hub), this.#hub);
    this.port = this.#server.port ?? port;
    setListenerOptions(this.port, { notSentLowat: NOT_SENT_LOWAT });
    this.url = viewUrl(host, this.port, access.token);
  }

  /** How many look at the picture: open streams, and snapshots that are being made. */
  get viewers(): number {
    return this.#hub.viewers.lookers;
  }

  /** The viewpoint of the newest frame, also of a renderer that is gone; undefined where never known. */
  get camera(): CameraState | undefined {
    return this.#hub.camera ?? undefined;
  }

  /** What `GET /state` answers. */
  get state(): ServerState {
    return this.#hub.state();
  }

  /**
   * Shows the frames of these segments from now on, and sends events to their queue; viewers stay. `driver`: the name
   * of the renderer's GL driver, for `/state`.
   * @throws SharedMemoryError or MemoryLayoutError where the segments are not there or not what they should be; what
   *   was attached before then stays attached.
   */
  attach(names: SegmentNames, about: { driver?: string } = {}): void {
    this.#hub.attach(names, about.driver ?? null);
  }

  /** Lets go of the segments and tells viewers why, in words. Viewers keep their last picture. Idempotent. */
  detach(reason: string, about: { restarting?: boolean } = {}): void {
    this.#hub.detach(reason, about.restarting ?? false);
  }

  /** Tells viewers what the renderer is doing. "running" is also set by the first frame after each attach. */
  setRendererStatus(status: RendererStatus): void {
    this.#hub.setStatus(status);
  }

  /** Closes viewers (sockets with 1001) and the port, within a second. Segments stay their creator's. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#hub.stop();
    for (const stream of this.#hub.viewers.streams) stream.close();
    for (const socket of this.#hub.viewers.sockets) socket.close(CLOSE.goingAway, "The server stops.");
    // Without a moment for the closing handshakes, viewers would see 1006.
    const goodbyeIsOver = Promise.withResolvers<void>();
    const timer = setTimeout(goodbyeIsOver.resolve, GOODBYE_MS);
    await Promise.race([this.#server.stop(), goodbyeIsOver.promise]);
    // A timer that is left would keep the process from ending.
    clearTimeout(timer);
    await this.#server.stop(true);
  }
}

function listen(host: string, port: number, routes: Routes, hub: Hub): Server<SocketData> {
  try {
    return Bun.serve<SocketData>({
      // "localhost" may be ::1 alone on some machines; every browser also tries 127.0.0.1.
      hostname: host === "localhost" ? "127.0.0.1" : host,
      port,
      development: false,
      fetch: (request, server) => routes.answer(request, server),
      error: (error) => {
        log.error`A request failed: ${error}`;
        return sentence(500, "Something went wrong in scenecast; its log on standard error says what.");
      },
      websocket: {
        ...SOCKET_LIMITS,
        open(ws) {
          const socket = new ViewerSocket(ws, hub, ws.data.id);
          ws.data.socket = socket;
          hub.viewers.addSocket(socket);
        },
        message: (ws, data) => ws.data.socket?.receive(data),
        close(ws) {
          const { socket } = ws.data;
          if (socket === null) return;
          socket.closed();
          hub.viewers.removeSocket(socket);
        },
      },
    });
  } catch (error) {
    throw startError(error, host, port);
  }
}

/** An address of all interfaces is none that a browser can open: the machine's name is. */
function viewUrl(host: string, port: number, token: string | undefined): string {
  const everywhere = host === "0.0.0.0" || host === "::" || host === "[::]";
  const name = everywhere ? hostname() : host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  return `http://${isLocalHost(name) ? name.toLowerCase() : name}:${port}/${query}`;
}
