import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";

export const PYTHON = "/usr/bin/python3";

/** Whether CPython is installed. */
export function hasPython(): boolean {
  return Bun.spawnSync([PYTHON, "-c", "import multiprocessing.shared_memory"]).exitCode === 0;
}

/** A CPython process at the other end of FURY's shared memory: see programs/fury_peer.py. */
export class FuryPeer implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const path = fileURLToPath(new URL("programs/fury_peer.py", import.meta.url));
    this.#child = Bun.spawn([PYTHON, path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#lines = lines(this.#child.stdout);
  }

  /** Sends a command and returns the reply. */
  async ask<Reply = unknown>(command: { do: string; [key: string]: unknown }): Promise<Reply> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    this.#child.stdin.flush();
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Python ended during ${command.do}`);
    return JSON.parse(value) as Reply;
  }

  /** Kills the process without clean-up, as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not by closing its input: it may be waiting forever for something else.
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }
}
