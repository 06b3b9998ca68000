import type { Socket } from "bun";

/** Properties of a simulated link, the same in both directions. */
export interface Link {
  /** Capacity; 125 is 1 Mbit/s. */
  bytesPerMs: number;
  /** One-direction delay, ms. */
  delayMs: number;
}

/** Size of the queue of the link. When it is full, the proxy stops reading. */
const QUEUE_BYTES = 32_768;

/** One direction of a connection. */
interface Direction {
  /** The receiver; null until it is connected. */
  to: Socket<unknown> | null;
  from: Socket<unknown>;
  /** Data on the link. A timer moves the first of it to `out`: timers fire at whole milliseconds, and so may change places. */
  onLink: Uint8Array[];
  /** Data that has passed the link and was not written to `to` yet. */
  out: Uint8Array[];
  /** Bytes in the queue. */
  waiting: number;
  /** End of the transmission of the queued bytes, `performance.now()`. */
  busyUntil: number;
  ended: boolean;
}

/** A TCP proxy on loopback with limited capacity and delay; `link` may be changed at any time. */
export class ShapingProxy implements Disposable {
  link: Link;
  readonly #server: Bun.TCPSocketListener<{ up: Direction | null }>;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #sockets = new Set<Socket<unknown>>();

  constructor(target: string, link: Link) {
    this.link = link;
    const { hostname, port } = new URL(target);
    this.#server = Bun.listen<{ up: Direction | null }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (client) => {
          this.#sockets.add(client);
          const up = this.#direction(client, null);
          client.data = { up };
          // The target may have stopped.
          this.#connect(hostname, Number(port), client, up).catch(() => client.end());
        },
        data: (client, bytes) => this.#put(client.data.up, bytes),
        drain: (client) => this.#flush(downOf.get(client)),
        close: (client) => {
          this.#sockets.delete(client);
          if (client.data.up !== null) this.#end(client.data.up);
        },
      },
    });
  }

  /** URL of the target through the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/`;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.stop(true);
    for (const socket of this.#sockets) socket.end();
  }

  #direction(from: Socket<unknown>, to: Socket<unknown> | null): Direction {
    return { from, to, onLink: [], out: [], waiting: 0, busyUntil: 0, ended: false };
  }

  async #connect(hostname: string, port: number, client: Socket<unknown>, up: Direction): Promise<void> {
    const down: { direction: Direction | null } = { direction: null };
    const server = await Bun.connect({
      hostname: hostname === "localhost" ? "127.0.0.1" : hostname,
      port,
      socket: {
        data: (_, bytes) => this.#put(down.direction, bytes),
        drain: () => this.#flush(up),
        close: (socket) => {
          this.#sockets.delete(socket);
          if (down.direction !== null) this.#end(down.direction);
        },
      },
    });
    this.#sockets.add(server);
    down.direction = this.#direction(server, client);
    downOf.set(client, down.direction);
    up.to = server;
    this.#flush(up);
  }

  #put(direction: Direction | null, bytes: Uint8Array): void {
    if (direction === null) return;
    const copy = Uint8Array.from(bytes);
    const now = performance.now();
    direction.busyUntil = Math.max(now, direction.busyUntil) + copy.length / this.link.bytesPerMs;
    direction.waiting += copy.length;
    if (direction.waiting > QUEUE_BYTES) direction.from.pause();
    this.#after(direction.busyUntil - now, () => {
      direction.waiting -= copy.length;
      if (direction.waiting <= QUEUE_BYTES) direction.from.resume();
    });
    direction.onLink.push(copy);
    this.#after(direction.busyUntil - now + this.link.delayMs, () => {
      const first = direction.onLink.shift();
      if (first !== undefined) direction.out.push(first);
      this.#flush(direction);
    });
  }

  /** Ends a direction after its queued data. */
  #end(direction: Direction): void {
    this.#after(Math.max(0, direction.busyUntil - performance.now()) + this.link.delayMs, () => {
      direction.ended = true;
      this.#flush(direction);
    });
  }

  #flush(direction: Direction | undefined): void {
    if (direction === undefined || direction.to === null) return;
    for (let bytes = direction.out.shift(); bytes !== undefined; bytes = direction.out.shift()) {
      const written = Math.max(0, direction.to.write(bytes));
      if (written === bytes.length) continue;
      direction.out.unshift(bytes.subarray(written));
      return;
    }
    if (direction.ended && direction.onLink.length === 0) direction.to.end();
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

/** The direction to each client. */
const downOf = new WeakMap<Socket<unknown>, Direction>();
