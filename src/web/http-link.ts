import { type ClientMessage, LIMITS, PATHS, QUERY } from "../server/protocol.ts";
import type { Addresses } from "./addresses.ts";
import { type MessageLink, type MessageLinkEvents, readServerMessage } from "./message-link.ts";

/** How soon a batch is sent again whose request failed, ms: the link is given up by its silence, not by one request. */
const RESEND_MS = 250;
/** Messages that may wait for a request that is under way; more means that none get through. */
const MAX_WAITING = 4 * LIMITS.batchMessages;

/**
 * Messages over plain HTTP, where a proxy passes no WebSocket: the server's as Server-Sent Events, the page's in numbered POSTs
 * of which one is under way at a time. What is sent meanwhile is the next batch, so messages keep their order.
 */
export class HttpLink implements MessageLink {
  readonly carriesFrames = false;
  readonly #addresses: Addresses;
  readonly #viewer: string;
  readonly #events: MessageLinkEvents;
  readonly #ending = new AbortController();
  /** As JSON, oldest first. */
  #waiting: string[] = [];
  #sequence = 0;
  #posting = false;

  constructor(addresses: Addresses, viewer: string, events: MessageLinkEvents) {
    this.#addresses = addresses;
    this.#viewer = viewer;
    this.#events = events;
    this.#listen().then(
      () => this.#end(),
      () => this.#end(),
    );
  }

  send(message: ClientMessage): void {
    if (this.#ending.signal.aborted) return;
    this.#waiting.push(JSON.stringify(message));
    if (this.#waiting.length > MAX_WAITING) this.#end();
    else if (!this.#posting) {
      this.#postAll().catch(() => this.#end());
    }
  }

  /** The server notices by the end of the response. */
  close(): void {
    this.#ending.abort();
  }

  /** Settles when the response has ended. */
  async #listen(): Promise<void> {
    const { signal } = this.#ending;
    const url = this.#addresses.http(PATHS.events, { [QUERY.viewer]: this.#viewer });
    const response = await fetch(url, { cache: "no-store", signal });
    const isEvents = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    if (!response.ok || !isEvents || response.body === null) return;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const message = readServerMessage(event.startsWith("data: ") ? event.slice(6) : undefined);
        if (message !== undefined && !signal.aborted) this.#events.onMessage(message);
      }
    }
  }

  async #postAll(): Promise<void> {
    this.#posting = true;
    // What one task of the page sends goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#ending.signal.aborted) {
      await this.#post(++this.#sequence, this.#takeBatch());
    }
    this.#posting = false;
  }

  /** Messages are far shorter than LIMITS.messageBytes, so that a batch stays below the 64 KiB of a request's body. */
  #takeBatch(): string {
    return this.#waiting.splice(0, LIMITS.batchMessages / 4).join("\n");
  }

  async #post(sequence: number, body: string): Promise<void> {
    const { signal } = this.#ending;
    const query = { [QUERY.viewer]: this.#viewer, [QUERY.sequence]: String(sequence) };
    const url = this.#addresses.http(PATHS.events, query);
    while (!signal.aborted) {
      try {
        const { status } = await fetch(url, { method: "POST", body, cache: "no-store", signal });
        if (status < 300) return;
        // The server knows nothing of these events, or has lost some: only another link helps.
        if (status < 500) return this.#end();
      } catch {
        // The network, or the server: its silence ends the link.
      }
      await new Promise((resolve) => setTimeout(resolve, RESEND_MS));
    }
  }

  #end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#events.onEnd();
  }
}
