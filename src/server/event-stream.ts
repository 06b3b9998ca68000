import type { Role } from "./access.ts";
import { type DirectController, directResponse } from "./direct-stream.ts";
import { LIMITS } from "./protocol.ts";
import { sentence } from "./responses.ts";
import { type SocketHost, ViewerSocket } from "./socket.ts";

/** Comments keep proxies from closing an idle response; nginx and Apache do so after 60 s. */
const KEEP_ALIVE_MS = 15_000;
/** Silence after which the page is gone, ms: it pings every 2 s, and every 60 s from a hidden tab. */
const MAX_SILENCE_MS = 150_000;
/** Bytes that may wait for a slow reader; then the stream ends, since a lost message cannot be sent again. */
const MAX_WAITING_BYTES = 1 << 18;

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store, no-transform",
  "X-Content-Type-Options": "nosniff",
  // nginx would otherwise hold the messages back until its buffer is full.
  "X-Accel-Buffering": "no",
};

export interface EventStreamOptions {
  host: SocketHost;
  /** The viewer's id. */
  viewer: string;
  role: Role;
  /** Called once, when the stream has ended for whatever reason. */
  onClosed: () => void;
  /** See MAX_SILENCE_MS. */
  maxSilenceMs?: number;
}

/**
 * A viewer's messages over plain HTTP, for proxies that pass no WebSocket: the server's as Server-Sent Events, the page's in
 * numbered batches. The messages, checks and rights are those of the WebSocket; pictures do not come here.
 */
export class EventStream {
  readonly response: Response;
  readonly role: Role;
  readonly socket: ViewerSocket;
  readonly #options: EventStreamOptions;
  readonly #ended = Promise.withResolvers<void>();
  readonly #encoder = new TextEncoder();
  readonly #keepAlive: ReturnType<typeof setInterval>;
  #controller: DirectController | null = null;
  /** Written before the response had a reader. */
  #early = "";
  #waitingBytes = 0;
  /** Number of the newest batch that was taken. */
  #sequence = 0;
  #heardAt = performance.now();
  #open = true;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.role = options.role;
    const source = {
      pull: (controller: DirectController) => this.#run(controller),
      cancel: () => this.close(),
    };
    this.response = directResponse(source, HEADERS);
    this.#keepAlive = setInterval(() => this.#checkSilence(), KEEP_ALIVE_MS);
    const line = {
      send: (text: string) => this.#write(`data: ${text}\n\n`),
      getBufferedAmount: () => this.#waitingBytes,
      close: () => this.close(),
    };
    this.socket = new ViewerSocket(line, options.host, options.viewer, options.role === "steer");
  }

  /** Takes a batch of messages, one a line: the one after the last, or the last again, which a lost answer repeats. */
  take(sequence: number, body: string): Response {
    if (!this.#open) return noStream();
    if (sequence > this.#sequence + 1) {
      return sentence(409, `Batch ${sequence} came after batch ${this.#sequence}; open the events anew.`);
    }
    this.#heardAt = performance.now();
    if (sequence <= this.#sequence) return taken();
    const lines = body.split("\n").filter((line) => line !== "");
    if (lines.length > LIMITS.batchMessages) {
      return sentence(
        413,
        `A batch may have ${LIMITS.batchMessages} messages; this one has ${lines.length}.`,
      );
    }
    this.#sequence = sequence;
    for (const line of lines) void this.socket.receive(line);
    return taken();
  }

  /** Ends the response, and releases what the viewer still held. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#keepAlive);
    try {
      this.#controller?.close();
    } catch {
      // The client went first.
    }
    this.#controller = null;
    this.#ended.resolve();
    void this.socket.closed();
    this.#options.onClosed();
  }

  async #run(controller: DirectController): Promise<void> {
    if (!this.#open) {
      controller.close();
      return;
    }
    this.#controller = controller;
    this.#write(this.#early);
    await this.#ended.promise;
  }

  #write(text: string): void {
    if (!this.#open) return;
    if (this.#controller === null) {
      this.#early += text;
      return;
    }
    const bytes = this.#encoder.encode(text);
    try {
      const written = this.#controller.write(bytes);
      const flushed = this.#controller.flush();
      if (typeof written === "number" && typeof flushed === "number") return;
      this.#waitingBytes += bytes.byteLength;
      if (this.#waitingBytes > MAX_WAITING_BYTES) this.close();
      Promise.all([written, flushed]).then(
        () => {
          this.#waitingBytes -= bytes.byteLength;
        },
        () => this.close(),
      );
    } catch {
      this.close();
    }
  }

  #checkSilence(): void {
    const { maxSilenceMs = MAX_SILENCE_MS } = this.#options;
    if (performance.now() - this.#heardAt > maxSilenceMs) this.close();
    else this.#write(":\n\n");
  }
}

export function noStream(): Response {
  return sentence(404, "This viewer has no open events; GET the same address first.");
}

function taken(): Response {
  return new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } });
}
