import type { ClientMessage } from "../../protocol/client-messages.ts";
import { PATHS } from "../../protocol/paths.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";
import { Backoff } from "../../util/backoff.ts";
import { openHttpLink } from "./http-link.ts";
import { type MessageLink, type MessageLinkEvents, openSocketLink } from "./message-link.ts";
import type { ServerUrls } from "./server-urls.ts";

export type ConnectionState =
  | { name: "connecting" }
  /** `overHttp`: the link is plain HTTP, because a proxy does not forward WebSockets. */
  | { name: "open"; overHttp: boolean }
  /**
   * The server cannot be reached; the next attempt is at `retryAt` (`performance.now()`), null while one is in progress.
   * `endReason`: its sentence about its shutdown, if it sent one.
   */
  | { name: "disconnected"; retryAt: number | null; endReason?: string }
  /** The server responds, but a proxy forwards neither WebSockets nor a streamed HTTP response. Retries continue. */
  | { name: "blocked" }
  /** The server requires a token (401). Retries continue, because another tab may set the cookie. */
  | { name: "unauthorized" }
  /** The server rejects this page; `reason` is its sentence. Retries continue, because another viewer may leave. */
  | { name: "rejected"; reason: string };

type Rejection = Extract<ConnectionState, { name: "unauthorized" | "rejected" }>;

/** Statuses by which the server rejects a viewer: a page of another site, too many connections, too many viewers. */
const REJECTION_STATUSES: ReadonlySet<number> = new Set([403, 429, 503]);
/** Statuses by which a proxy reports that it cannot reach the server. */
const GATEWAY_ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Timeout of an attempt without any message, ms: some proxies accept a socket and never respond. */
const ATTEMPT_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 2_000;
/** Timeout of a ping, ms. The system may report a dead socket as open: a laptop slept, a cable was unplugged. */
const PING_TIMEOUT_MS = 9_000;
const REJECTED_RETRY_MS = 5_000;
/** Reconnection attempts of a hidden page; after them it waits until it is visible. A tunnel logs an error line for each. */
const MAX_HIDDEN_ATTEMPTS = 4;

interface ServerConnectionOptions extends Pick<MessageLinkEvents, "onFrame"> {
  onMessage: (message: Exclude<ServerMessage, { type: "end" }>) => void;
  urls: ServerUrls;
  onState: (state: ConnectionState) => void;
}

/**
 * The page's message connection: a WebSocket, or plain HTTP if the server responds but no WebSocket opens. It has a heartbeat
 * and reconnects with backoff, from 0.5 s up to every 5 s, and immediately when the network or the page returns.
 */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #backoff = new Backoff({ first: 500, max: 5_000 });
  #link: MessageLink | undefined;
  state: ConnectionState = { name: "connecting" };
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #attemptTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #lastMessageAt = 0;
  #pingedAt = 0;
  /** Consecutive WebSockets that failed to open although the server answered a plain request. */
  #blockedSockets = 0;
  /** What the server sent when it shut down; null after it was reached again. */
  #endReason: string | null = null;
  /** Consecutive failed attempts while the page was hidden. */
  #hiddenAttempts = 0;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
  }

  get carriesFrames(): boolean {
    return this.#link?.carriesFrames ?? false;
  }

  /**
   * Whether a message arrived after the newest ping. Messages keep their order, so everything that the server sent before its
   * pong has arrived then, even over a slow connection.
   */
  get isResponsive(): boolean {
    return this.#lastMessageAt >= this.#pingedAt;
  }

  /** Connects, and reconnects when the network or the page returns. */
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
    if (this.state.name === "open") this.#link?.send(message);
  }

  /** Sends a ping, or ends the link if the last one timed out. */
  ping(): void {
    const now = performance.now();
    if (this.isResponsive) this.#pingedAt = now;
    // Measured from a ping, not from the last message: timers of a hidden page may be suspended for a minute.
    else if (now - this.#pingedAt > PING_TIMEOUT_MS && this.#link !== undefined) {
      this.#onLinkEnd(this.#link);
      return;
    }
    this.send({ type: "ping", time: now });
  }

  #attempt(linkKind: "websocket" | "http" = "websocket"): void {
    this.#closeLink();
    if (this.state.name === "disconnected") this.#setDisconnected(null);
    const { urls } = this.#options;
    const events = {
      onMessage: (message: ServerMessage) => {
        if (link !== this.#link) return;
        this.#lastMessageAt = performance.now();
        if (this.state.name !== "open") this.#onOpen(link);
        if (message.type === "end") this.#endReason = message.reason;
        else this.#options.onMessage(message);
      },
      onFrame: (message: ArrayBuffer) => {
        if (link !== this.#link) return;
        this.#lastMessageAt = performance.now();
        this.#options.onFrame(message);
      },
      onEnd: () => this.#onLinkEnd(link),
    };
    const link =
      linkKind === "http" ? openHttpLink(urls, events) : openSocketLink(urls.socket(PATHS.socket), events);
    this.#link = link;
    this.#attemptTimer = setTimeout(() => this.#onLinkEnd(link), ATTEMPT_TIMEOUT_MS);
  }

  #onOpen(link: MessageLink): void {
    clearTimeout(this.#attemptTimer);
    this.#backoff.reset();
    this.#hiddenAttempts = 0;
    this.#endReason = null;
    if (link.carriesFrames) this.#blockedSockets = 0;
    this.#pingedAt = this.#lastMessageAt;
    this.#pingTimer = setInterval(() => this.ping(), PING_INTERVAL_MS);
    this.#setState({ name: "open", overHttp: !link.carriesFrames });
    this.ping();
  }

  #onLinkEnd(link: MessageLink): void {
    if (link !== this.#link) return;
    const wasOpen = this.state.name === "open";
    this.#closeLink();
    if (wasOpen) this.#waitAndRetry();
    else if (link.carriesFrames) {
      this.#diagnose().catch(() => this.#waitAndRetry());
    } else {
      this.#setState({ name: "blocked" });
      this.#retryIn(REJECTED_RETRY_MS);
    }
  }

  /** Finds out by a plain request why a WebSocket did not open, because browsers do not report it to the page. */
  async #diagnose(): Promise<void> {
    const result = await this.#probe();
    // Another attempt began during the probe, because the page became visible.
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
      const response = await fetch(this.#options.urls.http(PATHS.socket), {
        // With POST browsers send the Origin header, as they do for a WebSocket.
        method: "POST",
        cache: "no-store",
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      });
      if (response.status === 401) return { name: "unauthorized" };
      const isPlainText = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
      // The server rejects in plain text; a proxy that cannot reach it responds in HTML.
      if (REJECTION_STATUSES.has(response.status) && isPlainText) {
        return { name: "rejected", reason: (await response.text()).trim() };
      }
      // scenecast responds 426; a proxy may respond 400, 404, 405 or 501 instead.
      return GATEWAY_ERROR_STATUSES.has(response.status) ? "unreachable" : "no-websocket";
    } catch {
      return "unreachable";
    }
  }

  #waitAndRetry(): void {
    const delay = this.#backoff.next();
    this.#setDisconnected(performance.now() + delay);
    this.#retryIn(delay);
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#retryTimer);
    if (document.hidden && ++this.#hiddenAttempts > MAX_HIDDEN_ATTEMPTS) return;
    this.#retryTimer = setTimeout(() => this.#attempt(), ms);
  }

  /** Retries immediately, because the network or the page returned. An attempt in progress continues. */
  #retryNow(): void {
    this.#hiddenAttempts = 0;
    if (this.state.name === "open") this.ping();
    else if (this.#link === undefined) this.#attempt();
  }

  #onPageHide(): void {
    this.#closeLink(true);
    this.state = { name: "connecting" };
  }

  #closeLink(leaving = false): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#attemptTimer);
    clearInterval(this.#pingTimer);
    const link = this.#link;
    this.#link = undefined;
    link?.close(leaving);
  }

  #setDisconnected(retryAt: number | null): void {
    this.#setState({
      ...{ name: "disconnected", retryAt },
      ...(this.#endReason !== null && { endReason: this.#endReason }),
    });
  }

  #setState(state: ConnectionState): void {
    this.state = state;
    this.#options.onState(state);
  }
}
