import type { ClientMessage } from "../../protocol/client-messages.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { PATHS, QUERY } from "../../protocol/paths.ts";
import { type MessageLink, type MessageLinkEvents, readServerMessage } from "./message-link.ts";
import type { ServerUrls } from "./server-urls.ts";

/** Delay before a failed batch is sent again, ms. One failed request does not end the link; the ping timeout does. */
const RETRY_MS = 250;
/** Maximum number of messages in one POST. At up to 512 bytes each (the page's are shorter) they fit into 64 KiB, the limit of a request body. */
const MAX_BATCH = LIMITS.batchMessages / 4;
/** Upper bound of the send queue, in messages. A longer queue means that no request succeeds, and ends the link. */
const MAX_QUEUED = 4 * LIMITS.batchMessages;

/**
 * Messages over plain HTTP, for proxies that do not forward WebSockets: downstream as Server-Sent Events, upstream as numbered
 * POSTs. One POST is in flight at a time and later messages form the next batch, which keeps them in order.
 */
export class HttpLink implements MessageLink {
  readonly carriesFrames = false;
  readonly #urls: ServerUrls;
  readonly #viewer: string;
  readonly #events: MessageLinkEvents;
  readonly #abort = new AbortController();
  /** Messages as JSON, oldest first. */
  #queue: string[] = [];
  #sequence = 0;
  #posting = false;

  constructor(urls: ServerUrls, viewer: string, events: MessageLinkEvents) {
    this.#urls = urls;
    this.#viewer = viewer;
    this.#events = events;
    this.#receive().then(
      () => this.#end(),
      () => this.#end(),
    );
  }

  send(message: ClientMessage): void {
    if (this.#abort.signal.aborted) return;
    this.#queue.push(JSON.stringify(message));
    if (this.#queue.length > MAX_QUEUED) this.#end();
    else if (!this.#posting) {
      this.#postAll().catch(() => this.#end());
    }
  }

  /** Aborts the event stream, by which the server notices that the viewer left. */
  close(): void {
    this.#abort.abort();
  }

  /** Receives server-sent events until the response ends. */
  async #receive(): Promise<void> {
    const { signal } = this.#abort;
    const url = this.#urls.http(PATHS.events, { [QUERY.viewer]: this.#viewer });
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
    // Collects the messages of the current task into one batch.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#abort.signal.aborted) {
      await this.#post(++this.#sequence, this.#queue.splice(0, MAX_BATCH).join("\n"));
    }
    this.#posting = false;
  }

  /** Sends one batch, again until the server has it. The sequence number lets the server drop a repeated one. */
  async #post(sequence: number, body: string): Promise<void> {
    const { signal } = this.#abort;
    const query = { [QUERY.viewer]: this.#viewer, [QUERY.sequence]: String(sequence) };
    const url = this.#urls.http(PATHS.events, query);
    while (!signal.aborted) {
      try {
        const { status } = await fetch(url, { method: "POST", body, cache: "no-store", signal });
        if (status < 300) return;
        // The server does not know this event stream, or missed a batch: only a new link helps.
        if (status < 500) return this.#end();
      } catch {
        // A network or server error. The ping timeout ends the link if it lasts.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #end(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#events.onEnd();
  }
}
