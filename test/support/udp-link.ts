import type { udp } from "bun";
import { randomNumbers } from "./random.ts";
import { type PathCounts, type PathShape, ShapedPath } from "./shaped-path.ts";

type UdpSocket = udp.Socket<"buffer">;

const LOOPBACK = "127.0.0.1";
/** A UDP candidate (RFC 8839, section 5.1): foundation, component, transport, priority, address, port. */
const UDP_CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+) (\S+) (\d+) (.*)$/i;

/**
 * A simulated link on loopback that drops, delays and queues datagrams, shared by all viewers of a server. The properties of
 * `up` (viewers to server) and `down` can be changed at any time.
 */
export class UdpLink implements Disposable {
  readonly #up: ShapedPath;
  readonly #down: ShapedPath;
  readonly #sockets = new Set<UdpSocket>();
  #disposed = false;

  /** With the same seed, the same packets of each direction are lost, by their number. */
  constructor(shapes: { up?: Partial<PathShape>; down?: Partial<PathShape> } = {}, seed = 1) {
    this.#up = new ShapedPath(shapes.up ?? {}, randomNumbers(seed));
    this.#down = new ShapedPath(shapes.down ?? {}, randomNumbers(seed + 1));
  }

  get up(): PathShape {
    return this.#up.shape;
  }

  get down(): PathShape {
    return this.#down.shape;
  }

  get counts(): { up: PathCounts; down: PathCounts } {
    return { up: { ...this.#up.counts }, down: { ...this.#down.counts } };
  }

  /** Called for each packet that the down direction accepts: see {@link ShapedPath.onWait}. */
  set onWaitDown(listener: ShapedPath["onWait"]) {
    this.#down.onWait = listener;
  }

  /** Opens a port on loopback that forwards to an address; answers go back to the sender. @returns the port */
  async open(address: string, port: number): Promise<number> {
    const farSockets = new Map<string, Promise<UdpSocket>>();
    const near = await this.#openSocket((packet, viewerPort, viewer) => {
      const key = `${viewer}:${viewerPort}`;
      let far = farSockets.get(key);
      if (far === undefined) {
        far = this.#openSocket((answer) => {
          this.#down.send(answer.length, () => send(near, answer, viewerPort, viewer));
        });
        farSockets.set(key, far);
      }
      const socket = far;
      this.#up.send(packet.length, () => void socket.then((opened) => send(opened, packet, port, address)));
    });
    return near.port;
  }

  /**
   * Replaces the candidates of an SDP answer by ports of this link, and removes TCP candidates. The offer must have no candidates
   * ({@link withoutCandidates}), or the server would send checks past the link.
   */
  async rewriteAnswer(sdp: string): Promise<string> {
    const lines: string[] = [];
    for (const line of sdp.split("\r\n")) {
      const candidate = UDP_CANDIDATE.exec(line);
      if (candidate !== null) {
        const [, before, address = "", port, after] = candidate;
        lines.push(`${before} ${LOOPBACK} ${await this.open(address, Number(port))} ${after}`);
      } else if (!line.startsWith("a=candidate:")) lines.push(line);
    }
    return lines.join("\r\n");
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#up[Symbol.dispose]();
    this.#down[Symbol.dispose]();
    for (const socket of this.#sockets) socket.close();
  }

  async #openSocket(receive: (packet: Buffer, port: number, address: string) => void): Promise<UdpSocket> {
    const socket = await Bun.udpSocket({
      hostname: LOOPBACK,
      port: 0,
      socket: {
        // Bun reuses the bytes when this returns.
        data: (_, packet, port, address) => receive(Buffer.from(packet), port, address),
        error: ignore,
      },
    });
    if (this.#disposed) socket.close();
    else this.#sockets.add(socket);
    return socket;
  }
}

function send(socket: UdpSocket, packet: Buffer, port: number, address: string): void {
  try {
    socket.send(packet, port, address);
  } catch (error) {
    ignore(error);
  }
}

/** Ignores closed ports, which the kernel reports to the sender on loopback (ECONNREFUSED). */
function ignore(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
}

/** Removes the candidates from SDP, and the line that says that no more follow. */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(/a=(candidate:[^\r\n]*|end-of-candidates)\r?\n/g, "");
}
