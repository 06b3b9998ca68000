import { readFileSync } from "node:fs";

/** Runs with `$0` the host's name and `$1` its /etc/hosts; /run is empty, as sshd's folder may be missing. */
const SET_UP = `
set -e
echo "$0" > /proc/sys/kernel/hostname
ip link set lo up
mount --bind "$1" /etc/hosts
mount -t tmpfs none /run
mkdir -p /run/sshd
echo ready
read _ || true`;

/** A machine of its own as far as programs see it: host name, network, /etc/hosts and /run; it shares files and processes. */
export class VirtualHost implements Disposable {
  readonly name: string;
  readonly #holder: Bun.Subprocess<"pipe", "pipe", "pipe">;

  private constructor(name: string, holder: Bun.Subprocess<"pipe", "pipe", "pipe">) {
    this.name = name;
    this.#holder = holder;
  }

  /** @throws Error with the reason if this user may not create namespaces */
  static async create(name: string, hostsFile: string): Promise<VirtualHost> {
    const holder = Bun.spawn(["unshare", "--net", "--uts", "--mount", "sh", "-c", SET_UP, name, hostsFile], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const { value } = await holder.stdout.getReader().read();
    if (value === undefined) throw new Error((await new Response(holder.stderr).text()).trim());
    return new VirtualHost(name, holder);
  }

  /** Connects two hosts by a cable, with these addresses of one /24 network. */
  static connect(first: VirtualHost, firstAddress: string, second: VirtualHost, secondAddress: string): void {
    const inFirst = `to-${second.name}`;
    const inSecond = `to-${first.name}`;
    first.run([
      ...["ip", "link", "add", inFirst, "type", "veth"],
      ...["peer", "name", inSecond, "netns", String(second.#holder.pid)],
    ]);
    for (const [host, link, address] of [
      [first, inFirst, firstAddress],
      [second, inSecond, secondAddress],
    ] as const) {
      host.run(["ip", "address", "add", `${address}/24`, "dev", link]);
      host.run(["ip", "link", "set", link, "up"]);
    }
  }

  /** Wraps a command to run on this host; it ends with the process that starts it. */
  command(command: readonly string[]): string[] {
    return [
      ...["setpriv", "--pdeathsig", "KILL"],
      ...[
        "nsenter",
        `--target=${this.#holder.pid}`,
        "--net",
        "--uts",
        "--mount",
        `--wd=${process.cwd()}`,
        "--",
      ],
      ...command,
    ];
  }

  /** Runs a command to its end and returns its output. @throws Error with its output if it fails */
  run(command: readonly string[], env: Record<string, string> = {}): string {
    const { exitCode, stdout, stderr } = Bun.spawnSync(this.command(command), {
      env: { ...process.env, ...env },
      stdin: "ignore",
    });
    const output = `${stdout}${stderr}`;
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${output}`);
    return output.trim();
  }

  /** Whether a process of this host listens on a TCP port. */
  listensOn(port: number): boolean {
    const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
    // Local address, remote address, state; 0A is TCP_LISTEN.
    return new RegExp(`:${hexPort} \\S+ 0A `).test(
      readFileSync(`/proc/${this.#holder.pid}/net/tcp`, "latin1"),
    );
  }

  [Symbol.dispose](): void {
    this.#holder.stdin.end();
  }
}
