import net from "node:net";

/** One answer as it came over the wire. */
export interface RawAnswer {
  /** Such as "HTTP/1.1 200 OK". */
  statusLine: string;
  status: number;
  headers: Headers;
  /** Without its chunks' sizes; empty for HEAD. */
  body: Buffer;
}

/** An HTTP connection that is written by hand, for what `fetch` hides: versions, reuse, the shape of a body. */
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

  static async open(port: number): Promise<RawHttp> {
    const socket = net.connect(port, "127.0.0.1");
    const raw = new RawHttp(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return raw;
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** The status line and headers of the next answer. */
  async head(): Promise<Omit<RawAnswer, "body">> {
    const lines = (await this.#through("\r\n\r\n")).toString("latin1").trimEnd().split("\r\n");
    const statusLine = lines.shift() ?? "";
    const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/, 2) as [string, string]));
    return { statusLine, status: Number(statusLine.split(" ")[1]), headers };
  }

  /** The next answer, whole; `toHead`: it has no body whatever its headers say. */
  async answer(toHead = false): Promise<RawAnswer> {
    const head = await this.head();
    if (toHead) return { ...head, body: Buffer.alloc(0) };
    if (head.headers.get("transfer-encoding") === "chunked") return { ...head, body: await this.#chunks() };
    return { ...head, body: await this.bytes(Number(head.headers.get("content-length"))) };
  }

  /** The next `count` bytes. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) await this.#more();
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  /** All bytes of a chunked body from here to its end. */
  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt((await this.#through("\r\n")).toString("latin1"), 16);
      if (Number.isNaN(size)) throw new Error("That is no chunk.");
      chunks.push(await this.bytes(size));
      await this.#through("\r\n");
      if (size === 0) return Buffer.concat(chunks);
    }
  }

  /** The body of a chunked answer whose head was read, to its end. */
  restOfChunks(): Promise<Buffer> {
    return this.#chunks();
  }

  /** The bytes up to and with `text`. */
  async #through(text: string): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(text);
      if (at >= 0) return this.bytes(at + text.length);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    if (this.#ended)
      throw new Error(`The connection ended after ${JSON.stringify(this.#buffer.toString("latin1"))}.`);
    await this.#wake.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
