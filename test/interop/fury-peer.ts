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

  /** Has it do something and gives its answer. */
  async ask<Answer = unknown>(command: { do: string; [key: string]: unknown }): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    this.#child.stdin.flush();
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Python ended during ${command.do}`);
    return JSON.parse(value) as Answer;
  }

  /** As a crash would: nothing is cleaned up. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not by the end of its input: it may be in the middle of a wait that does not end.
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }
}
