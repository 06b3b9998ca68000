import type { ServerMessage } from "../../src/protocol/server-messages.ts";

/** A part of a multipart stream. */
export interface Part {
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** A real HTTP client of `/video/mjpeg` that reads part by part. */
export class MjpegClient {
  readonly status: number;
  readonly headers: Headers;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  readonly #boundary: string;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;

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

  /** All bytes that have come and were not taken as parts. */
  get unread(): Buffer {
    return this.#buffer;
  }

  /** The next whole part; null when the stream has ended. */
  async next(): Promise<Part | null> {
    const delimiter = `--${this.#boundary}\r\n`;
    if (!(await this.#until(() => this.#buffer.includes(delimiter)))) return null;
    this.#drop(this.#buffer.indexOf(delimiter) + delimiter.length);
    if (!(await this.#until(() => this.#buffer.includes("\r\n\r\n")))) return null;
    const headerEnd = this.#buffer.indexOf("\r\n\r\n");
    const lines = this.#buffer.subarray(0, headerEnd).toString("latin1").split("\r\n");
    const headers = new Headers(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    this.#drop(headerEnd + 4);
    const length = headers.get("content-length");
    const closing = `\r\n--${this.#boundary}`;
    const whole = () =>
      length === null ? this.#buffer.includes(closing) : this.#buffer.length >= Number(length);
    if (!(await this.#until(whole))) return null;
    const size = length === null ? this.#buffer.indexOf(closing) : Number(length);
    const body = new Uint8Array(this.#buffer.subarray(0, size));
    this.#drop(size);
    return { headers, body };
  }

  /** Reads until at least one byte more has come; false at the end. */
  async more(): Promise<boolean> {
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

  #drop(bytes: number): void {
    this.#buffer = this.#buffer.subarray(bytes);
  }

  async #until(done: () => boolean): Promise<boolean> {
    while (!done()) if (!(await this.more())) return false;
    return true;
  }
}

/** A real WebSocket that keeps what it hears until it is asked for. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #heard: ServerMessage[] = [];
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
      this.#heard.push(JSON.parse(event.data));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  /** `tls.ca`: whose certificate is trusted. */
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
    const raw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(raw ? message : JSON.stringify(message));
  }

  /** The next message of a type that `fits`, heard before or to come; those before it are passed over. */
  async next<T extends ServerMessage["type"]>(
    type: T,
    fits: (message: Extract<ServerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    for (;;) {
      for (let message = this.#heard.shift(); message !== undefined; message = this.#heard.shift()) {
        const typed = message as Extract<ServerMessage, { type: T }>;
        if (message.type === type && fits(typed)) return typed;
      }
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("The socket closed.");
      await this.#wake.promise;
    }
  }

  /** Settles when the server has handled all that was sent before, with what it said meanwhile. */
  async settle(): Promise<ServerMessage[]> {
    const time = Math.random();
    this.send({ type: "ping", time });
    const said: ServerMessage[] = [];
    for (;;) {
      for (let message = this.#heard.shift(); message !== undefined; message = this.#heard.shift()) {
        if (message.type === "pong" && message.time === time) return said;
        said.push(message);
      }
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("The socket closed.");
      await this.#wake.promise;
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Settles when `holds`; fails after `ms`, far more than it should take. */
export async function eventually(holds: () => boolean, what: string, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}.`);
    await Bun.sleep(2);
  }
}

/** What a program prints, line by line. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = whole.pop() ?? "";
    yield* whole;
  }
}
