import { readdirSync } from "node:fs";

/** Mounting needs root, or a user namespace of its own. */
const asRoot = process.getuid?.() === 0;
const UNSHARE = ["unshare", ...(asRoot ? [] : ["--user", "--map-root-user"]), "--mount"];

/** Whether this user may mount file systems in a namespace. */
export function mayMountSharedMemory(): boolean {
  return Bun.spawnSync([...UNSHARE, "sh", "-c", "mount -t tmpfs none /dev/shm"]).success;
}

/** A private /dev/shm for the processes of one test, in a mount namespace of its own. */
export class PrivateSharedMemory implements Disposable {
  readonly #holder: Bun.Subprocess<"pipe", "pipe", "inherit">;

  private constructor(holder: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.#holder = holder;
  }

  /** @param options of the tmpfs mount, for example "size=1m" */
  static async create(options = "size=1g"): Promise<PrivateSharedMemory> {
    const script = 'mount -t tmpfs -o "$0" none /dev/shm && echo mounted && read _';
    const holder = Bun.spawn([...UNSHARE, "sh", "-c", script, options], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value } = await holder.stdout.getReader().read();
    if (value === undefined) throw new Error("No private /dev/shm could be mounted.");
    return new PrivateSharedMemory(holder);
  }

  /** Wraps a command to run with this /dev/shm; nsenter executes it in place, so it stays one process. */
  command(command: readonly string[]): string[] {
    const user = asRoot ? [] : ["--user", "--preserve-credentials"];
    return [
      "nsenter",
      `--target=${this.#holder.pid}`,
      ...user,
      "--mount",
      `--wd=${process.cwd()}`,
      "--",
      ...command,
    ];
  }

  /** The names of the segments in it. */
  get segments(): string[] {
    return readdirSync(`/proc/${this.#holder.pid}/root/dev/shm`);
  }

  [Symbol.dispose](): void {
    this.#holder.stdin.end();
  }
}
