import type { Socket } from "bun";

/** What a link is like; the same both ways. */
export interface Link {
  /** Bytes per ms; 125 is 1 Mbit/s. */
  bytesPerMs: number;
  /** One way, ms. */
  delayMs: number;
}

/** Bytes that the slow side of the link holds before it takes no more, as a router's queue does. */
const QUEUE_BYTES = 32_768;

interface Way {
  /** Where what comes out goes to; null until it is connected. */
  to: Socket<unknown> | null;
  from: Socket<unknown>;
  /** Behind the delay, and not taken by `to` yet. */
  out: Uint8Array[];
  /** On the link. */
  waiting: number;
  /** When the last byte has left for the delay, `performance.now()`. */
  busyUntil: number;
  ended: boolean;
}

/** A TCP proxy on loopback that is as slow and as far as it is told: `link` may be changed at any time. */
export class ShapingProxy implements Disposable {
  link: Link;
  readonly #server: Bun.TCPSocketListener<{ up: Way | null }>;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #sockets = new Set<Socket<unknown>>();

  constructor(target: string, link: Link) {
    this.link = link;
    const { hostname, port } = new URL(target);
    this.#server = Bun.listen<{ up: Way | null }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (client) => {
          this.#sockets.add(client);
          const up = this.#way(client, null);
          client.data = { up };
          void this.#connect(hostname, Number(port), client, up);
        },
        data: (client, bytes) => this.#put(client.data.up, bytes),
        drain: (client) => this.#flush(downOf.get(client)),
        close: (client) => {
          this.#sockets.delete(client);
          client.data.up?.to?.end();
        },
      },
    });
  }

  /** Where to reach the target through it. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/`;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.stop(true);
    for (const socket of this.#sockets) socket.end();
  }

  #way(from: Socket<unknown>, to: Socket<unknown> | null): Way {
    return { from, to, out: [], waiting: 0, busyUntil: 0, ended: false };
  }

  async #connect(hostname: string, port: number, client: Socket<unknown>, up: Way): Promise<void> {
    const down: { way: Way | null } = { way: null };
    const server = await Bun.connect({
      hostname: hostname === "localhost" ? "127.0.0.1" : hostname,
      port,
      socket: {
        data: (_, bytes) => this.#put(down.way, bytes),
        drain: () => this.#flush(up),
        close: (socket) => {
          this.#sockets.delete(socket);
          if (down.way !== null) this.#end(down.way);
        },
      },
    });
    this.#sockets.add(server);
    down.way = this.#way(server, client);
    downOf.set(client, down.way);
    up.to = server;
    this.#flush(up);
  }

  #put(way: Way | null, bytes: Uint8Array): void {
    if (way === null) return;
    const copy = Uint8Array.from(bytes);
    const now = performance.now();
    way.busyUntil = Math.max(now, way.busyUntil) + copy.length / this.link.bytesPerMs;
    way.waiting += copy.length;
    if (way.waiting > QUEUE_BYTES) way.from.pause();
    this.#after(way.busyUntil - now, () => {
      way.waiting -= copy.length;
      if (way.waiting <= QUEUE_BYTES) way.from.resume();
    });
    this.#after(way.busyUntil - now + this.link.delayMs, () => {
      way.out.push(copy);
      this.#flush(way);
    });
  }

  /** The end comes after what is on its way. */
  #end(way: Way): void {
    this.#after(Math.max(0, way.busyUntil - performance.now()) + this.link.delayMs, () => {
      way.ended = true;
      this.#flush(way);
    });
  }

  #flush(way: Way | undefined): void {
    if (way === undefined || way.to === null) return;
    for (let bytes = way.out.shift(); bytes !== undefined; bytes = way.out.shift()) {
      const written = Math.max(0, way.to.write(bytes));
      if (written === bytes.length) continue;
      way.out.unshift(bytes.subarray(written));
      return;
    }
    if (way.ended) way.to.end();
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

/** What comes down to a client. */
const downOf = new WeakMap<Socket<unknown>, Way>();
