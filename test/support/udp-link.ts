import type { udp } from "bun";
import { randomNumbers } from "./random.ts";
import { type PathCounts, type PathShape, ShapedPath } from "./shaped-path.ts";

type UdpSocket = udp.Socket<"buffer">;

const LOOPBACK = "127.0.0.1";
/** Candidates of UDP with an address, RFC 8839, section 5.1: foundation, component, transport, priority, address, port. */
const UDP_CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+) (\S+) (\d+) (.*)$/i;

/**
 * A link on loopback that loses, delays and holds back datagrams, for any number of viewers of a server: all share it. From
 * `up` (viewers to server) and `down` it can be told, at any time, what each direction does, and asked what it did.
 */
export class UdpLink implements Disposable {
  readonly #up: ShapedPath;
  readonly #down: ShapedPath;
  readonly #sockets = new Set<UdpSocket>();
  #disposed = false;

  /** The same seed loses the same packets, counted in each direction. */
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

  /** Hears of each packet that the link down takes: see {@link ShapedPath.onWait}. */
  set onWaitDown(listener: ShapedPath["onWait"]) {
    this.#down.onWait = listener;
  }

  /** A port on loopback from which all goes to that address; each who sends to it gets the answers to what it sent. */
  async open(address: string, port: number): Promise<number> {
    const beyond = new Map<string, Promise<UdpSocket>>();
    const near = await this.#socket((packet, viewerPort, viewer) => {
      const name = `${viewer}:${viewerPort}`;
      let far = beyond.get(name);
      if (far === undefined) {
        far = this.#socket((answer) => {
          this.#down.send(answer.length, () => send(near, answer, viewerPort, viewer));
        });
        beyond.set(name, far);
      }
      const socket = far;
      this.#up.send(packet.length, () => void socket.then((opened) => send(opened, packet, port, address)));
    });
    return near.port;
  }

  /**
   * The answer of a server, as SDP, with this link's ports in place of its candidates. TCP candidates are left out.
   * The offer must go to the server without candidates ({@link withoutCandidates}), or it finds its own way around the link.
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

  async #socket(take: (packet: Buffer, port: number, address: string) => void): Promise<UdpSocket> {
    const socket = await Bun.udpSocket({
      hostname: LOOPBACK,
      port: 0,
      socket: {
        // The bytes are Bun's again when this returns.
        data: (_, packet, port, address) => take(Buffer.from(packet), port, address),
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

/** A link does not care whether anybody is there; on loopback the kernel tells who sends (ECONNREFUSED). */
function ignore(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
}

/** SDP that tells of no address at all, and that more may follow. */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(/a=(candidate:[^\r\n]*|end-of-candidates)\r?\n/g, "");
}
