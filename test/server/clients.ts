import type { ServerMessage } from "../../src/protocol/server-messages.ts";

/** A part of a multipart stream. */
export interface Part {
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** An HTTP client of `/video/mjpeg` that reads part by part. */
export class MjpegClient {
  readonly status: number;
  readonly headers: Headers;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  readonly #boundary: string;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Number of the frame that {@link nextFrame} has returned last. */
  #frame: string | null = null;

  private constructor(response: Response, abort: AbortController) {
    if (response.body === null) throw new Error("The stream has no body.");
    this.status = response.status;
    this.headers = response.headers;
    this.#reader = response.body.getReader();
    this.#abort = abort;
    this.#boundary = /boundary=(.+)$/.exec(response.headers.get("content-type") ?? "")?.[1] ?? "";
  }

  static async open(
    base: string,
    path = "video/mjpeg",
    headers: Record<string, string> = {},
  ): Promise<MjpegClient> {
    const abort = new AbortController();
    const response = await fetch(new URL(path, base), { headers, signal: abort.signal });
    return new MjpegClient(response, abort);
  }

  /** Bytes that were received and are not part of a returned part. */
  get unread(): Buffer {
    return this.#buffer;
  }

  /** The next complete part; null when the stream has ended. */
  async next(): Promise<Part | null> {
    const delimiter = `--${this.#boundary}\r\n`;
    if (!(await this.#readUntil(() => this.#buffer.includes(delimiter)))) return null;
    this.#discard(this.#buffer.indexOf(delimiter) + delimiter.length);
    if (!(await this.#readUntil(() => this.#buffer.includes("\r\n\r\n")))) return null;
    const headerEnd = this.#buffer.indexOf("\r\n\r\n");
    const lines = this.#buffer.subarray(0, headerEnd).toString("latin1").split("\r\n");
    const headers = new Headers(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    this.#discard(headerEnd + 4);
    const length = headers.get("content-length");
    const closing = `\r\n--${this.#boundary}`;
    const isComplete = () =>
      length === null ? this.#buffer.includes(closing) : this.#buffer.length >= Number(length);
    if (!(await this.#readUntil(isComplete))) return null;
    const size = length === null ? this.#buffer.indexOf(closing) : Number(length);
    const body = new Uint8Array(this.#buffer.subarray(0, size));
    this.#discard(size);
    return { headers, body };
  }

  /**
   * The next part with another frame than the last one, by its number; null when the stream has ended. Programs are sent each of the first
   * frames again after 100 ms.
   */
  async nextFrame(): Promise<Part | null> {
    for (;;) {
      const part = await this.next();
      const frame = part?.headers.get("x-frame") ?? null;
      if (frame !== null && frame === this.#frame) continue;
      this.#frame = frame;
      return part;
    }
  }

  /** Reads at least one more byte; returns false at the end. */
  async readMore(): Promise<boolean> {
    if (this.#ended) return false;
    try {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = true;
      else this.#buffer = Buffer.concat([this.#buffer, value]);
    } catch {
      this.#ended = true;
    }
    return !this.#ended;
  }

  close(): void {
    this.#abort.abort();
  }

  #discard(bytes: number): void {
    this.#buffer = this.#buffer.subarray(bytes);
  }

  async #readUntil(done: () => boolean): Promise<boolean> {
    while (!done()) if (!(await this.readMore())) return false;
    return true;
  }
}

/** A WebSocket client that keeps messages until they are requested. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #received: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        resolve({ code, reason });
        this.#wake.resolve();
      });
    });
    socket.addEventListener("message", (event) => {
      this.#received.push(JSON.parse(event.data));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  /** `tls.ca`: certificate that is trusted. */
  static async open(
    base: string,
    path = "ws",
    headers: Record<string, string> = {},
    tls: { ca?: string } = {},
  ): Promise<SocketClient> {
    const url = new URL(path, base).href.replace(/^http/, "ws");
    const socket = new WebSocket(url, { headers, tls } as unknown as string[]);
    const client = new SocketClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("refused")));
    });
    return client;
  }

  send(message: object | string | Uint8Array<ArrayBuffer>): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** The next message of a type for which `matches` holds, received or future. Earlier ones are dropped. */
  async next<T extends ServerMessage["type"]>(
    type: T,
    matches: (message: Extract<ServerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    for (;;) {
      for (let message = this.#received.shift(); message !== undefined; message = this.#received.shift()) {
        const candidate = message as Extract<ServerMessage, { type: T }>;
        if (message.type === type && matches(candidate)) return candidate;
      }
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("The socket closed.");
      await this.#wake.promise;
    }
  }

  /**
   * Waits until the server has handled all messages sent before. Returns the messages received in that time, but those about viewers,
   * which come when others do something.
   */
  async settle(): Promise<ServerMessage[]> {
    const time = Math.random();
    this.send({ type: "ping", time });
    const messages: ServerMessage[] = [];
    for (;;) {
      for (let message = this.#received.shift(); message !== undefined; message = this.#received.shift()) {
        if (message.type === "pong" && message.time === time) return messages;
        if (message.type !== "viewers") messages.push(message);
      }
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("The socket closed.");
      await this.#wake.promise;
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Waits until the condition holds. `what` is the condition in words, for the error. @throws Error after `ms`, far more than it should take */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not true within ${ms} ms: ${what}.`);
    await Bun.sleep(2);
  }
}

/** Dequeues all rows. */
export function dequeueAll(queue: { dequeue(): Float64Array | null }): number[][] {
  const rows: number[][] = [];
  for (let row = queue.dequeue(); row !== null; row = queue.dequeue()) rows.push([...row]);
  return rows;
}

/** Dequeues rows until there are `count`. */
export async function dequeueRows(
  queue: { dequeue(): Float64Array | null },
  count: number,
): Promise<number[][]> {
  const rows: number[][] = [];
  await eventually(() => {
    rows.push(...dequeueAll(queue));
    return rows.length >= count;
  }, `${count} events are in the queue`);
  return rows;
}
