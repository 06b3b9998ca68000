import net from "node:net";
import tls from "node:tls";

/** Headers of a WebSocket handshake. */
export const UPGRADE_HEADERS = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** An HTTP response as it was received. */
export interface RawResponse {
  /** Such as "HTTP/1.1 200 OK". */
  statusLine: string;
  status: number;
  headers: Headers;
  /** Without chunk sizes; empty for HEAD. */
  body: Buffer;
}

/** An HTTP connection whose requests are written by hand, for what `fetch` hides: versions, connection reuse, framing of bodies. */
export class RawHttp implements Disposable {
  readonly #socket: net.Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    const wake = () => {
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    };
    const end = () => {
      this.#ended = true;
      wake();
    };
    socket.on("data", (bytes: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
      wake();
    });
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", end);
  }

  /** `ca`: the server's certificate, for https. */
  static async open(port: number, ca?: string): Promise<RawHttp> {
    const socket =
      ca === undefined
        ? net.connect(port, "127.0.0.1")
        : tls.connect({ port, host: "127.0.0.1", servername: "localhost", ca });
    const raw = new RawHttp(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once(ca === undefined ? "connect" : "secureConnect", () => resolve());
      socket.once("error", reject);
    });
    return raw;
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Writes a request with exactly these headers, besides Host; `fetch` would set Host and Origin by itself. */
  request(method: string, path: string, headers: Record<string, string> = {}, version = "1.1"): void {
    const lines = Object.entries({ host: `localhost:${this.#socket.remotePort}`, ...headers });
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    this.write(`${method} /${path} HTTP/${version}\r\n${text}\r\n`);
  }

  /** The status line and headers of the next response. */
  async head(): Promise<Omit<RawResponse, "body">> {
    const lines = (await this.#readThrough("\r\n\r\n")).toString("latin1").trimEnd().split("\r\n");
    const statusLine = lines.shift() ?? "";
    const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/, 2) as [string, string]));
    return { statusLine, status: Number(statusLine.split(" ")[1]), headers };
  }

  /** The next complete response. `toHead`: it has no body, whatever its headers say. */
  async response(toHead = false): Promise<RawResponse> {
    const head = await this.head();
    if (toHead) return { ...head, body: Buffer.alloc(0) };
    if (head.headers.get("transfer-encoding") === "chunked") return { ...head, body: await this.chunks() };
    return { ...head, body: await this.bytes(Number(head.headers.get("content-length"))) };
  }

  /** The next `count` bytes. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#receive();
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  /** The rest of a chunked body. */
  async chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt((await this.#readThrough("\r\n")).toString("latin1"), 16);
      if (Number.isNaN(size)) throw new Error("A chunk has no valid size.");
      chunks.push(await this.bytes(size));
      await this.#readThrough("\r\n");
      if (size === 0) return Buffer.concat(chunks);
    }
  }

  /** The bytes up to the end of `text`. */
  async #readThrough(text: string): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(text);
      if (at >= 0) return this.bytes(at + text.length);
      await this.#receive();
    }
  }

  async #receive(): Promise<void> {
    if (this.#ended)
      throw new Error(`The connection ended after ${JSON.stringify(this.#buffer.toString("latin1"))}.`);
    await this.#wake.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
