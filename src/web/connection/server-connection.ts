import type { ClientMessage } from "../../protocol/client-messages.ts";
import { PATHS, QUERY } from "../../protocol/paths.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";
import { Backoff } from "../../util/backoff.ts";
import { HttpLink } from "./http-link.ts";
import type { MessageLink } from "./message-link.ts";
import type { ServerUrls } from "./server-urls.ts";
import { SocketLink } from "./socket-link.ts";

/** Where the connection to the server is. */
export type ConnectionState =
  | { name: "connecting" }
  /** `overHttp`: the link is plain HTTP, because a proxy does not forward WebSockets. */
  | { name: "open"; overHttp: boolean }
  /** The server cannot be reached; the next attempt is at `retryAt` (`performance.now()`), or going on when null. */
  | { name: "gone"; retryAt: number | null }
  /** The server answers, but a proxy forwards neither WebSockets nor a streamed HTTP response. Attempts continue. */
  | { name: "blocked" }
  /** The server answers 401: it wants a token. Attempts go on, for a cookie may come from another tab. */
  | { name: "unauthorized" }
  /** The server answers, and lets this page not in: `why` is its sentence. Attempts go on, for there may be room later. */
  | { name: "refused"; why: string };

type Rejection = Extract<ConnectionState, { name: "unauthorized" | "refused" }>;

/** With these the server says that it does not let a viewer in: another site's page, too many connections, too many viewers. */
const REJECTION_STATUSES: ReadonlySet<number> = new Set([403, 429, 503]);
/** Statuses by which a proxy reports that it cannot reach the server. */
const GATEWAY_ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** An attempt that says nothing for so long has failed: some proxies take a socket and never answer. */
const ATTEMPT_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 2_000;
/** A socket that leaves a ping unanswered for so long is dead, whatever the system says: a laptop slept, a cable was pulled. */
const PING_TIMEOUT_MS = 9_000;
const REJECTED_RETRY_MS = 5_000;
/** Reconnection attempts of a hidden page; after them it waits until it is visible. A tunnel logs an error line for each. */
const MAX_HIDDEN_ATTEMPTS = 4;

/**
 * The page's message connection: a WebSocket, or plain HTTP if the server answers but no WebSocket opens. It has a heartbeat
 * and reconnects with backoff, from 0.5 s up to every 5 s, and immediately when the network or the page returns.
 */
export class ServerConnection {
  readonly #urls: ServerUrls;
  readonly #viewer: string;
  readonly #onState: (state: ConnectionState) => void;
  readonly #onMessage: (message: ServerMessage) => void;
  readonly #onFrame: (message: ArrayBuffer) => void;
  readonly #backoff = new Backoff({ first: 500, max: 5_000 });
  #link: MessageLink | undefined;
  #state: ConnectionState = { name: "connecting" };
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #attemptTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #lastMessageAt = 0;
  #pingedAt = 0;
  /** Consecutive WebSockets that failed to open although the server answered a plain request. */
  #blockedSockets = 0;
  /** Consecutive failed attempts while the page was hidden. */
  #hiddenAttempts = 0;

  constructor(options: {
    addresses: ServerUrls;
    viewer: string;
    onState: (state: ConnectionState) => void;
    onMessage: (message: ServerMessage) => void;
    /** A binary message came: a frame. */
    onFrame: (message: ArrayBuffer) => void;
  }) {
    this.#urls = options.addresses;
    this.#viewer = options.viewer;
    this.#onState = options.onState;
    this.#onMessage = options.onMessage;
    this.#onFrame = options.onFrame;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether the current link carries frames. */
  get carriesFrames(): boolean {
    return this.#link?.carriesFrames ?? false;
  }

  /**
   * Whether the server was heard after the newest ping. Messages keep their order, so whatever it sent before the answer
   * has come then, also where the line is slow.
   */
  get isResponsive(): boolean {
    return this.#lastMessageAt >= this.#pingedAt;
  }

  /** Makes the first attempt, and follows the network and the page from then on. */
  start(): void {
    window.addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#retryNow();
    });
    window.addEventListener("pagehide", () => this.#onPageHide());
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      this.#setState({ name: "connecting" });
      this.#attempt();
    });
    this.#attempt();
  }

  /** Sends a message, or drops it if the connection is not open. */
  send(message: ClientMessage): void {
    if (this.#state.name === "open") this.#link?.send(message);
  }

  /** Sends a ping, or gives the link up if it timed out. */
  ping(): void {
    const now = performance.now();
    if (this.isResponsive) this.#pingedAt = now;
    // Measured from a ping, not from the last message: a hidden page's timers may stand still for a minute.
    else if (now - this.#pingedAt > PING_TIMEOUT_MS && this.#link !== undefined) {
      this.#onLinkEnd(this.#link);
      return;
    }
    this.send({ type: "ping", time: now });
  }

  #attempt(over: "websocket" | "http" = "websocket"): void {
    this.#closeLink();
    if (this.#state.name === "gone") this.#setState({ name: "gone", retryAt: null });
    const events = {
      onMessage: (message: ServerMessage) => {
        if (link !== this.#link) return;
        this.#lastMessageAt = performance.now();
        if (this.#state.name !== "open") this.#onOpen(link);
        this.#onMessage(message);
      },
      onFrame: (message: ArrayBuffer) => {
        if (link !== this.#link) return;
        this.#lastMessageAt = performance.now();
        this.#onFrame(message);
      },
      onEnd: () => this.#onLinkEnd(link),
    };
    const link =
      over === "http"
        ? new HttpLink(this.#urls, this.#viewer, events)
        : new SocketLink(this.#urls.socket(PATHS.socket, { [QUERY.viewer]: this.#viewer }), events);
    this.#link = link;
    this.#attemptTimer = setTimeout(() => this.#onLinkEnd(link), ATTEMPT_TIMEOUT_MS);
  }

  #onOpen(link: MessageLink): void {
    clearTimeout(this.#attemptTimer);
    this.#backoff.reset();
    this.#hiddenAttempts = 0;
    if (link.carriesFrames) this.#blockedSockets = 0;
    this.#pingedAt = this.#lastMessageAt;
    this.#pingTimer = setInterval(() => this.ping(), PING_INTERVAL_MS);
    this.#setState({ name: "open", overHttp: !link.carriesFrames });
    this.ping();
  }

  /** The link ended, or failed to open. */
  #onLinkEnd(link: MessageLink): void {
    if (link !== this.#link) return;
    const wasOpen = this.#state.name === "open";
    this.#closeLink();
    if (wasOpen) this.#waitAndRetry();
    else if (link.carriesFrames) {
      this.#diagnose().catch(() => this.#waitAndRetry());
    } else {
      this.#setState({ name: "blocked" });
      this.#retryIn(REJECTED_RETRY_MS);
    }
  }

  /** Finds out by a plain request why a WebSocket did not open, which browsers do not tell the page. */
  async #diagnose(): Promise<void> {
    const result = await this.#probe();
    // Another attempt began during the probe: the page became visible.
    if (this.#link !== undefined) return;
    if (result === "unreachable") this.#waitAndRetry();
    else if (result === "no-websocket") {
      // The first time, the server may have started between the two requests.
      this.#attempt(++this.#blockedSockets > 1 ? "http" : "websocket");
    } else {
      this.#setState(result);
      this.#retryIn(REJECTED_RETRY_MS);
    }
  }

  async #probe(): Promise<Rejection | "unreachable" | "no-websocket"> {
    try {
      const response = await fetch(this.#urls.http(PATHS.socket, { [QUERY.viewer]: this.#viewer }), {
        // Browsers tell the page's origin only so, as they do on a socket.
        method: "POST",
        cache: "no-store",
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      });
      if (response.status === 401) return { name: "unauthorized" };
      const isSentence = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
      // What a proxy says about a server that it does not reach is no sentence of the server's.
      if (REJECTION_STATUSES.has(response.status) && isSentence) {
        return { name: "refused", why: (await response.text()).trim() };
      }
      // scenecast answers 426; a proxy may answer 400, 404, 405 or 501 instead.
      return GATEWAY_ERROR_STATUSES.has(response.status) ? "unreachable" : "no-websocket";
    } catch {
      return "unreachable";
    }
  }

  #waitAndRetry(): void {
    const wait = this.#backoff.next();
    this.#setState({ name: "gone", retryAt: performance.now() + wait });
    this.#retryIn(wait);
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#retryTimer);
    if (document.hidden && ++this.#hiddenAttempts > MAX_HIDDEN_ATTEMPTS) return;
    this.#retryTimer = setTimeout(() => this.#attempt(), ms);
  }

  /** Something says that it may work now. An attempt that is going on is left to itself. */
  #retryNow(): void {
    this.#hiddenAttempts = 0;
    if (this.#state.name === "open") this.ping();
    else if (this.#link === undefined) this.#attempt();
  }

  #onPageHide(): void {
    this.#closeLink(true);
    this.#state = { name: "connecting" };
  }

  #closeLink(leaving = false): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#attemptTimer);
    clearInterval(this.#pingTimer);
    const link = this.#link;
    this.#link = undefined;
    link?.close(leaving);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#onState(state);
  }
}
