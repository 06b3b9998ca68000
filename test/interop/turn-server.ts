import { existsSync } from "node:fs";
import { makeCertificate } from "../support/certificate.ts";
import { freeTcpPort, freeUdpPortPair } from "../support/free-ports.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const COTURN = "/usr/bin/turnserver";
const USER = "viewer";
const PASSWORD = "secret";

/** The reason why the TURN server cannot run on this machine; empty if it can. */
export function missingTurnServer(): string {
  return existsSync(COTURN) ? "" : "coturn is not installed";
}

/** A TURN and STUN server on loopback: Debian's coturn. */
export class TurnServer implements AsyncDisposable {
  /** Its TLS certificate, PEM. */
  readonly certificate: string;
  readonly #child: Bun.Subprocess;
  readonly #folder: TemporaryDirectory;
  readonly #ports: { plain: number; tls: number };

  private constructor(
    child: Bun.Subprocess,
    folder: TemporaryDirectory,
    ports: { plain: number; tls: number },
    certificate: string,
  ) {
    this.#child = child;
    this.#folder = folder;
    this.#ports = ports;
    this.certificate = certificate;
  }

  /** Starts the server, and waits until it answers. */
  static async start(): Promise<TurnServer> {
    const folder = new TemporaryDirectory();
    const { cert, key } = makeCertificate();
    // coturn also uses the next port after each, for RFC 5780.
    const ports = { plain: await freeUdpPortPair(), tls: freeTcpPort() };
    const configuration = [
      ...["listening-ip=127.0.0.1", "relay-ip=127.0.0.1", `listening-port=${ports.plain}`],
      ...[`tls-listening-port=${ports.tls}`, `cert=${folder.write("cert.pem", cert)}`],
      ...[`pkey=${folder.write("key.pem", key)}`, "lt-cred-mech", `user=${USER}:${PASSWORD}`],
      ...["realm=scenecast", "allow-loopback-peers", "no-cli", "no-dtls", "log-file=stdout"],
      ...[`pidfile=${folder.path}/pid`, `userdb=${folder.path}/db`, ""],
    ];
    const child = Bun.spawn([COTURN, "-c", folder.write("turn.conf", configuration.join("\n"))], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    const server = new TurnServer(child, folder, ports, cert);
    await server.#started();
    return server;
  }

  /** The STUN server as an argument of `--ice-server`. */
  get stun(): string {
    return `stun:127.0.0.1:${this.#ports.plain}`;
  }

  /** The TURN server as an argument of `--ice-server`. */
  turn(transport: "udp" | "tcp" | "tls" = "udp", password = PASSWORD): string {
    if (transport === "tls") return `turns:${USER}:${password}@localhost:${this.#ports.tls}`;
    return `turn:${USER}:${password}@127.0.0.1:${this.#ports.plain}${transport === "tcp" ? "?transport=tcp" : ""}`;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#folder[Symbol.dispose]();
  }

  /** Sends binding requests until it answers: the lines that it prints come from several threads, and may be mixed. */
  async #started(): Promise<void> {
    const answered = Promise.withResolvers<void>();
    const deadline = performance.now() + 20_000;
    const socket = await Bun.udpSocket({
      ...{ hostname: "127.0.0.1", port: 0 },
      // Errors are expected while the server is starting.
      socket: { data: () => answered.resolve(), error: () => {} },
    });
    // A binding request (RFC 8489) with an identifier of zeros.
    const request = Buffer.from("000100002112a442000000000000000000000000", "hex");
    const timer = setInterval(() => {
      if (performance.now() > deadline) answered.reject(new Error("coturn did not answer within 20 s."));
      else if (this.#child.exitCode === null) socket.send(request, this.#ports.plain, "127.0.0.1");
      else answered.reject(new Error("coturn ended before it answered."));
    }, 20);
    await answered.promise.finally(() => {
      clearInterval(timer);
      socket.close();
    });
  }
}
