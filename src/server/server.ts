import { lookup } from "node:dns/promises";
import { resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { Server } from "bun";
import { inBackground } from "../native/guarded.ts";
import { setListenerOptions } from "../native/process.ts";
import { pageUrl } from "./access/host-names.ts";
import { type AppOptions, ServerApp } from "./app.ts";
import { DescriptorGuard } from "./descriptor-guard.ts";
import { ServerStartError, socketStartError, startError } from "./errors.ts";
import { textResponse } from "./http/responses.ts";
import type { SocketContext } from "./http/route.ts";
import { readTls, type TlsFiles } from "./tls.ts";
import { claimSocketPath, withPrivateSockets } from "./unix-socket.ts";

const log = getLogger(["scenecast", "server"]);

/** Bytes of unsent data that the kernel buffers per connection: a slow reader is 50 ms behind instead of 2.3 s. */
const NOT_SENT_LOWAT = 16384;

/**
 * TCP timeout, ms: a peer that acknowledges nothing within it is disconnected, such as a sleeping laptop. A still MJPEG
 * frame is repeated after 5 s, so its loss is detected after 25 s; with the kernel's defaults after 15 minutes.
 */
const PEER_TIMEOUT_MS = 20_000;

/**
 * Timeout of HTTP connections on which nothing moves, s. Bun's default of 10 s cuts off the download of a film whose link pauses for that
 * long. It is the server's, since Bun (1.4.5) ignores that of a request in responses with a file.
 */
const IDLE_TIMEOUT_S = PEER_TIMEOUT_MS / 1000;

/** Timeout of the closing handshakes when the server stops, ms. */
const CLOSE_TIMEOUT_MS = 300;

export interface ServerOptions extends Omit<AppOptions, "path"> {
  /** TCP port; 0 means a free one. Default 8000. */
  port?: number;
  /**
   * Path of a Unix socket to listen on, in place of `host` and `port`: for a reverse proxy, or an SSH tunnel to a machine that others
   * use too. Only this user can connect (mode 0600). A socket that an ended process left is replaced. Default: none.
   */
  socket?: string;
  /** Certificate for https and wss. Default: http and ws. */
  tls?: TlsFiles;
}

/**
 * Starts the server; it listens when the promise settles, and shows "starting" until a renderer is attached.
 * @throws ServerStartError if it cannot listen there, or the certificate is invalid; its message says what to do
 */
export async function startServer(options: ServerOptions = {}): Promise<ScenecastServer> {
  const server = new ScenecastServer(options);
  await server.start();
  return server;
}

/** A {@link ServerApp} that listens on a port or a Unix socket of its own. */
export class ScenecastServer extends ServerApp implements AsyncDisposable {
  readonly #host: string;
  readonly #requestedPort: number;
  /** Absolute path of the Unix socket; undefined if it listens on a port. */
  readonly socket: string | undefined;
  readonly #tls: TlsFiles | undefined;
  /** Kept after the stop, when Bun's server has no port any more. */
  #port: number | undefined;
  #server: Server<SocketContext> | null = null;
  #descriptors: DescriptorGuard | null = null;
  #stopped: Promise<void> | undefined;

  /** Does not listen before {@link start}. @throws RangeError as ServerApp, and for `tls` with `socket` */
  constructor(options: ServerOptions = {}) {
    super(options);
    this.#host = options.host ?? "localhost";
    if (options.socket !== undefined && options.tls !== undefined) {
      throw new RangeError(
        "A server on a Unix socket has no TLS of its own: the proxy or tunnel in front of it encrypts. Leave out tls.",
      );
    }
    this.#requestedPort = options.port ?? 8000;
    this.socket = options.socket === undefined ? undefined : resolve(options.socket);
    this.#tls = options.tls;
  }

  /** @throws ServerStartError before {@link start}, and if it listens on a Unix socket. */
  get port(): number {
    if (this.#port !== undefined) return this.#port;
    if (this.socket !== undefined) {
      throw new ServerStartError(
        `The server listens on the Unix socket ${this.socket}, so it has no port.`,
        "not-listening",
      );
    }
    throw new ServerStartError(
      "The server has no address yet, since it does not listen. Call start() and await it first.",
      "not-listening",
    );
  }

  /**
   * URL of the view, with the token if one is required. For a Unix socket http://localhost/, to be requested through the socket.
   * @throws ServerStartError before {@link start}
   */
  get url(): string {
    return this.#urlWith(this.token);
  }

  /**
   * URL of the view with the view-only token; undefined if no token is required, so that every viewer may steer.
   * @throws ServerStartError before {@link start}
   */
  get viewUrl(): string | undefined {
    return this.viewToken === undefined ? undefined : this.#urlWith(this.viewToken);
  }

  /**
   * Starts to listen. Does nothing if it listens already.
   * @throws ServerStartError if it cannot listen there, the certificate is invalid, or it was stopped; its message says what to do
   */
  async start(): Promise<void> {
    this.#assertNotStopped();
    const tls = this.#tls && (await readTls(this.#tls));
    // Otherwise a stop during the wait would leave a server that listens until the process ends.
    this.#assertNotStopped();
    if (this.#server !== null) return;
    const { socket } = this;
    if (socket !== undefined) {
      await claimSocketPath(socket);
      this.#assertNotStopped();
      if (this.#server !== null) return;
      this.#server = this.#listenOnSocket(socket);
      this.#descriptors = new DescriptorGuard({ socket });
      return;
    }
    await this.#resolveHost();
    this.#assertNotStopped();
    if (this.#server !== null) return;
    this.#server = this.#listen(tls);
    const port = this.#server.port ?? this.#requestedPort;
    this.#port = port;
    setListenerOptions(port, { notSentLowat: NOT_SENT_LOWAT, deadMs: PEER_TIMEOUT_MS });
    this.#descriptors = new DescriptorGuard({ port });
  }

  /** Ends the view (see {@link onShutdown}) and closes the port or socket, within a second. Idempotent. */
  stop(reason?: string): Promise<void> {
    this.#stopped ??= this.#stop(reason);
    return this.#stopped;
  }

  /** Begins to {@link stop}; the renderer is detached immediately. */
  override [Symbol.dispose](): void {
    inBackground("The server could not be stopped cleanly", this.stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #assertNotStopped(): void {
    if (this.#stopped === undefined) return;
    throw new ServerStartError(
      "The server was stopped and cannot be started again. Make a new one.",
      "stopped",
    );
  }

  async #stop(reason: string | undefined): Promise<void> {
    this.onShutdown(reason);
    this.#descriptors?.[Symbol.dispose]();
    if (this.#server === null) return;
    // Time for the closing handshakes: otherwise viewers would see 1006.
    const timedOut = Promise.withResolvers<void>();
    const timer = setTimeout(timedOut.resolve, CLOSE_TIMEOUT_MS);
    await Promise.race([this.#server.stop(), timedOut.promise]);
    // A running timer would keep the process alive.
    clearTimeout(timer);
    await this.#server.stop(true);
  }

  #urlWith(token: string | undefined): string {
    if (this.socket !== undefined) return pageUrl("http", "localhost", null, token);
    return pageUrl(this.#tls ? "https" : "http", this.#host, this.port, token);
  }

  #listenOnSocket(path: string): Server<SocketContext> {
    try {
      return withPrivateSockets(() => Bun.serve<SocketContext>({ unix: path, ...this.#handlers() }));
    } catch (error) {
      throw socketStartError(error, path);
    }
  }

  #handlers() {
    return {
      development: false,
      fetch: this.fetch,
      error: (error: Error) => {
        log.error`A request failed: ${error}`;
        return textResponse(500, "Internal error in scenecast. Its log on standard error has the details.");
      },
      websocket: this.websocket,
    };
  }

  /** Bun.serve reports a name without an address by whatever error the process had before, such as EADDRINUSE. */
  async #resolveHost(): Promise<void> {
    try {
      if (this.#host !== "localhost") await lookup(this.#host);
    } catch (error) {
      throw startError(error, this.#host, this.#requestedPort);
    }
  }

  #listen(tls: Record<"cert" | "key", string> | undefined): Server<SocketContext> {
    try {
      return Bun.serve<SocketContext>({
        // On some machines "localhost" is ::1 only; every browser also tries 127.0.0.1.
        hostname: this.#host === "localhost" ? "127.0.0.1" : this.#host,
        port: this.#requestedPort,
        // By default Bun sets SO_REUSEPORT outside of development: a second server could bind the port, and would get half of the
        // connections (oven-sh/bun#1443).
        reusePort: false,
        idleTimeout: IDLE_TIMEOUT_S,
        ...(tls && { tls }),
        ...this.#handlers(),
      });
    } catch (error) {
      throw startError(error, this.#host, this.#requestedPort);
    }
  }
}
