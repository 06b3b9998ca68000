import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SegmentNames } from "../../src/server/renderer/renderer-link.ts";
import { lines } from "../support/lines.ts";

const PYTHON = "/usr/bin/python3";

/** Whether CPython is installed. */
export function hasPython(): boolean {
  return Bun.spawnSync([PYTHON, "-c", "import multiprocessing.shared_memory"]).success;
}

type Command =
  | { command: "state"; state: { writing?: boolean; dequeuing?: boolean; grey?: number } }
  | { command: "set-words"; index: number; values: number[] }
  | { command: "truncate"; segment: string; size: number }
  | { command: "lock" }
  | { command: "events" };

/** A FURY program in CPython (programs/producer.py), in a separate process group with its resource tracker. */
export class PythonProducer implements AsyncDisposable {
  readonly names: Required<SegmentNames> & { [key: string]: unknown };
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;

  private constructor(
    process_: Bun.Subprocess<"pipe", "pipe", "inherit">,
    output: AsyncGenerator<string>,
    names: Required<SegmentNames>,
  ) {
    this.#process = process_;
    this.#lines = output;
    this.names = { ...names };
  }

  static async start(...args: string[]): Promise<PythonProducer> {
    const program = join(import.meta.dir, "programs/producer.py");
    const process_ = Bun.spawn(["setsid", PYTHON, program, ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      // Silences the resource tracker, which warns about the segments of a killed program.
      env: { ...process.env, PYTHONWARNINGS: "ignore" },
    });
    const output = lines(process_.stdout);
    return new PythonProducer(process_, output, JSON.parse((await output.next()).value ?? ""));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The segment names as one line of JSON. */
  get line(): string {
    return `${JSON.stringify(this.names)}\n`;
  }

  get segments(): string[] {
    return Object.values(this.names).flat() as string[];
  }

  async request<Answer = unknown>(command: Command): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    this.#process.stdin.flush();
    return JSON.parse((await this.#lines.next()).value ?? "") as Answer;
  }

  /** The events that it has dequeued so far. */
  async events(): Promise<number[][]> {
    return (await this.request<{ events: number[][] }>({ command: "events" })).events;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the program by a signal, or with "group" kills it together with its resource tracker, so that its segments remain. */
  async end(by: "SIGTERM" | "SIGKILL" | "group" = "SIGTERM"): Promise<void> {
    if (by === "group") process.kill(-this.pid, "SIGKILL");
    else this.#process.kill(by);
    await this.#process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.signal("SIGCONT");
      await this.end();
    }
    for (const name of this.segments) {
      if (existsSync(`/dev/shm/${name}`)) rmSync(`/dev/shm/${name}`);
    }
  }
}
