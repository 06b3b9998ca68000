import { CLOSE_TEXT, type ClientMessage, PATHS, QUERY, type ServerMessage } from "../server/protocol.ts";
import type { Addresses } from "./addresses.ts";
import { Backoff } from "./backoff.ts";

/** Where the connection to the server is. */
export type ConnectionState =
  | { name: "connecting" }
  | { name: "open" }
  /** The server cannot be reached; the next attempt is at `retryAt` (`performance.now()`), or going on when null. */
  | { name: "gone"; retryAt: number | null }
  /** The server answers 401: it wants a token. Attempts go on, for a cookie may come from another tab. */
  | { name: "unauthorized" }
  /** The server answers, and lets this page not in: `why` is its sentence. Attempts go on, for there may be room later. */
  | { name: "refused"; why: string };

type Refused = Extract<ConnectionState, { name: "unauthorized" | "refused" }>;

/** With these the server says that it does not let a viewer in: another site's page, too many connections, too many viewers. */
const REFUSALS: ReadonlySet<number> = new Set([403, 429, 503]);

/** An attempt that says nothing for so long has failed: some proxies take a socket and never answer. */
const ATTEMPT_MS = 10_000;
const PING_EVERY_MS = 2_000;
/** A socket that leaves a ping unanswered for so long is dead, whatever the system says: a laptop slept, a cable was pulled. */
const SILENCE_MS = 9_000;
const REFUSED_RETRY_MS = 5_000;

/**
 * The page's WebSocket: opens it, says whether it lives, and opens it again, from 0.5 s up to every 5 s, and at once
 * when the network or the page comes back.
 */
export class ServerConnection {
  readonly #addresses: Addresses;
  readonly #viewer: string;
  readonly #onState: (state: ConnectionState) => void;
  readonly #onMessage: (message: ServerMessage) => void;
  readonly #onFrame: (message: ArrayBuffer) => void;
  readonly #backoff = new Backoff({ firstMs: 500, longestMs: 5_000 });
  #socket: WebSocket | undefined;
  #state: ConnectionState = { name: "connecting" };
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #attemptTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #pingedAt = 0;

  constructor(options: {
    addresses: Addresses;
    viewer: string;
    onState: (state: ConnectionState) => void;
    onMessage: (message: ServerMessage) => void;
    /** A binary message came: a frame. */
    onFrame: (message: ArrayBuffer) => void;
  }) {
    this.#addresses = options.addresses;
    this.#viewer = options.viewer;
    this.#onState = options.onState;
    this.#onMessage = options.onMessage;
    this.#onFrame = options.onFrame;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Whether the server was heard after the newest ping. Messages keep their order, so whatever it sent before the answer
   * has come then, also where the line is slow.
   */
  get answered(): boolean {
    return this.#heardAt >= this.#pingedAt;
  }

  /** Makes the first attempt, and follows the network and the page from then on. */
  start(): void {
    window.addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#retryNow();
    });
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      this.#enter({ name: "connecting" });
      this.#attempt();
    });
    this.#attempt();
  }

  /** Sends a message now, or not at all where the socket is not open. */
  send(message: ClientMessage): void {
    if (this.#state.name === "open") this.#socket?.send(JSON.stringify(message));
  }

  #attempt(): void {
    this.#closeSocket();
    if (this.#state.name === "gone") this.#enter({ name: "gone", retryAt: null });
    const socket = new WebSocket(this.#addresses.socket(PATHS.socket, { [QUERY.viewer]: this.#viewer }));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#attemptTimer = setTimeout(() => this.#lost(socket), ATTEMPT_MS);
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#attemptTimer);
      this.#backoff.reset();
      this.#heardAt = performance.now();
      this.#pingedAt = this.#heardAt;
      this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
      this.#enter({ name: "open" });
      this.#ping();
    });
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      this.#heardAt = performance.now();
      if (event.data instanceof ArrayBuffer) {
        this.#onFrame(event.data);
        return;
      }
      const message = readMessage(event.data);
      if (message !== undefined) this.#onMessage(message);
    });
    socket.addEventListener("close", () => this.#lost(socket));
  }

  #ping(): void {
    const now = performance.now();
    if (this.answered) this.#pingedAt = now;
    // Measured from a ping, not from the last message: a hidden page's timers may stand still for a minute.
    else if (now - this.#pingedAt > SILENCE_MS && this.#socket !== undefined) {
      this.#lost(this.#socket);
      return;
    }
    this.send({ type: "ping", time: now });
  }

  /** The socket, or the attempt at one, is over. */
  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    const wasOpen = this.#state.name === "open";
    this.#closeSocket();
    // A WebSocket does not tell the page why it was refused; a plain request does.
    if (wasOpen) this.#waitAndRetry();
    else void this.#askWhy().then((state) => this.#retryAfterRefusal(state));
  }

  async #askWhy(): Promise<Refused | null> {
    try {
      const response = await fetch(this.#addresses.http(PATHS.socket, { [QUERY.viewer]: this.#viewer }), {
        // Browsers tell the page's origin only so, as they do on a socket.
        method: "POST",
        cache: "no-store",
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      if (response.status === 401) return { name: "unauthorized" };
      const isSentence = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
      // What a proxy says about a server that it does not reach is no sentence of the server's.
      if (!REFUSALS.has(response.status) || !isSentence) return null;
      return { name: "refused", why: (await response.text()).trim() };
    } catch {
      return null;
    }
  }

  #retryAfterRefusal(refused: Refused | null): void {
    if (this.#socket !== undefined) return;
    if (refused === null) {
      this.#waitAndRetry();
      return;
    }
    this.#enter(refused);
    this.#retryIn(REFUSED_RETRY_MS);
  }

  #waitAndRetry(): void {
    const wait = this.#backoff.next();
    this.#enter({ name: "gone", retryAt: performance.now() + wait });
    this.#retryIn(wait);
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#attempt(), ms);
  }

  /** Something says that it may work now. An attempt that is going on is left to itself. */
  #retryNow(): void {
    if (this.#state.name === "open") this.#ping();
    else if (this.#socket === undefined) this.#attempt();
  }

  #leave(): void {
    if (this.#state.name === "open") this.#socket?.send(CLOSE_TEXT);
    this.#closeSocket();
    this.#state = { name: "connecting" };
  }

  #closeSocket(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#attemptTimer);
    clearInterval(this.#pingTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#onState(state);
  }
}

/** The protocol is the server's own: what is not of its form is left alone. */
function readMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== "string") return undefined;
  const value: unknown = JSON.parse(data);
  return typeof value === "object" && value !== null && "type" in value
    ? (value as ServerMessage)
    : undefined;
}
