import { inBackground } from "../../native/guarded.ts";
import { MAX_BATCH_MESSAGES } from "../../protocol/limits.ts";
import type { Role } from "../../protocol/role.ts";
import { DirectStream } from "../http/direct-stream.ts";
import { textResponse } from "../http/responses.ts";
import type { Hub } from "../hub.ts";
import { ViewerConnection } from "./viewer-connection.ts";

/** Interval of the heartbeat, a comment line, ms: nginx and Apache close an idle response after 60 s. */
const HEARTBEAT_MS = 15_000;
/** Time without a batch after which the page is considered gone, ms: it pings every 2 s, and every 60 s from a hidden tab. */
const IDLE_TIMEOUT_MS = 150_000;
/** Largest backlog of a slow reader, bytes. Beyond it the stream is closed, since a dropped message could not be resent. */
const MAX_BUFFERED_BYTES = 1 << 18;

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store, no-transform",
  "X-Content-Type-Options": "nosniff",
  // nginx would otherwise buffer the messages until its buffer is full.
  "X-Accel-Buffering": "no",
};

/**
 * A viewer's messages over plain HTTP, for proxies that block WebSockets: the server's as Server-Sent Events, the page's in
 * numbered batches. Messages, checks and rights are those of the WebSocket; frames are not sent here.
 */
export class EventStream {
  readonly role: Role;
  readonly connection: ViewerConnection;
  readonly #onClosed: () => void;
  readonly #body: DirectStream;
  readonly #encoder = new TextEncoder();
  readonly #heartbeatTimer: ReturnType<typeof setInterval>;
  /** Text to send when the response has a reader. */
  #unwritten = "";
  /** Bytes written that a slow reader has not received yet. */
  #bufferedBytes = 0;
  /** Number of the newest batch that was handled. */
  #sequence = 0;
  #lastBatchAt = performance.now();
  #open = true;

  /** `viewer`: its id. `onClosed` is called once, when the stream has ended for any reason. */
  constructor(hub: Hub, viewer: string, role: Role, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.role = role;
    this.#body = new DirectStream(
      HEADERS,
      () => this.#write(this.#unwritten),
      () => this.close(),
    );
    this.#heartbeatTimer = setInterval(() => this.#heartbeat(), HEARTBEAT_MS);
    const channel = {
      webSocket: null,
      send: (text: string) => this.#write(`data: ${text}\n\n`),
      getBufferedAmount: () => this.#bufferedBytes,
      close: () => this.close(),
    };
    this.connection = new ViewerConnection(channel, hub, viewer, role);
  }

  get response(): Response {
    return this.#body.response;
  }

  /** Handles a batch of messages, one per line. A repeated batch, whose response was lost, is acknowledged and ignored. */
  receiveBatch(sequence: number, body: string): Response {
    if (!this.#open) return noStreamResponse();
    if (sequence > this.#sequence + 1) {
      return textResponse(
        409,
        `Batch ${sequence} follows batch ${this.#sequence}, so one is missing. Open the event stream again.`,
      );
    }
    this.#lastBatchAt = performance.now();
    if (sequence <= this.#sequence) return noContent();
    const lines = body.split("\n").filter((line) => line !== "");
    if (lines.length > MAX_BATCH_MESSAGES) {
      return textResponse(
        413,
        `A batch may have ${MAX_BATCH_MESSAGES} messages; this one has ${lines.length}.`,
      );
    }
    this.#sequence = sequence;
    for (const line of lines) void this.connection.receive(line);
    return noContent();
  }

  /** Ends the response, and releases the buttons that the viewer has down. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#heartbeatTimer);
    this.#body.close();
    inBackground("A viewer's event stream could not be closed", this.connection.closed());
    this.#onClosed();
  }

  #write(text: string): void {
    if (!this.#open) return;
    if (!this.#body.isWritable) {
      this.#unwritten += text;
      return;
    }
    const bytes = this.#encoder.encode(text);
    try {
      const written = this.#body.write(bytes);
      if (written === undefined) return;
      this.#bufferedBytes += bytes.byteLength;
      if (this.#bufferedBytes > MAX_BUFFERED_BYTES) this.close();
      written.then(
        () => {
          this.#bufferedBytes -= bytes.byteLength;
        },
        () => this.close(),
      );
    } catch {
      this.close();
    }
  }

  #heartbeat(): void {
    if (performance.now() - this.#lastBatchAt > IDLE_TIMEOUT_MS) this.close();
    else this.#write(":\n\n");
  }
}

export function noStreamResponse(): Response {
  return textResponse(404, "This viewer has no open event stream. GET the same address first.");
}

function noContent(): Response {
  return new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } });
}
