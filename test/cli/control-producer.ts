import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLines } from "../../src/cli/lines.ts";
import type { Control } from "../../src/protocol/panel.ts";
import { GreyProducer } from "./grey-producer.ts";

/** A producer of grey frames with a control socket, which sends what the test says. */
export class ControlProducer implements AsyncDisposable {
  readonly frames = new GreyProducer(60);
  readonly folder: string;
  readonly path: string;
  readonly #server: Server;
  readonly #connections: Connection[] = [];
  #wake = Promise.withResolvers<void>();

  private constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, "control");
    this.#server = createServer((socket) => {
      this.#connections.push(new Connection(socket));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  /** @param prefix of its folder, which `serve` removes after a kill if it is "scenecast-" */
  static async start(prefix = "scenecast-"): Promise<ControlProducer> {
    const folder = mkdtempSync(join(tmpdir(), prefix));
    const producer = new ControlProducer(folder);
    await producer.listen();
    return producer;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
    chmodSync(this.path, 0o600);
  }

  /** As the line that names its segments. */
  get line(): string {
    return `${JSON.stringify({ ...this.frames.names, control: this.path })}\n`;
  }

  /** The next connection of a server. */
  async accept(): Promise<Connection> {
    for (;;) {
      const connection = this.#connections.shift();
      if (connection !== undefined) return connection;
      await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    rmSync(this.folder, { recursive: true, force: true });
    this.frames[Symbol.dispose]();
  }
}

/** A connection of a server to the producer. */
class Connection {
  readonly socket: Socket;
  readonly #lines: AsyncGenerator<string>;
  /** Settles when it has ended. */
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#lines = readLines(socket);
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
  }

  /** Sends a message, or a text as it is. */
  send(message: object | string): void {
    this.socket.write(typeof message === "string" ? message : `${JSON.stringify(message)}\n`);
  }

  sendPanel(program: readonly Partial<Control>[]): void {
    this.send({ type: "panel", panel: { layers: [], view: [], program } });
  }

  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The server has closed the connection.");
    return JSON.parse(value);
  }
}
