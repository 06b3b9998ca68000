import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SegmentNames } from "../../src/server/renderer/renderer-link.ts";
import { lines } from "../server/clients.ts";

const PYTHON = "/usr/bin/python3";

/** Whether CPython is there; if not, says what is not tested. */
export function hasPython(): boolean {
  const works = Bun.spawnSync([PYTHON, "-c", "import multiprocessing.shared_memory"]).success;
  if (!works) console.log(`Skipped: serve with programs in CPython, because ${PYTHON} is not there.`);
  return works;
}

type Command =
  | { do: "state"; state: { writing?: boolean; taking?: boolean; grey?: number } }
  | { do: "words"; at: number; values: number[] }
  | { do: "truncate"; segment: string; size: number }
  | { do: "lock" }
  | { do: "events" };

/** A FURY program in CPython, see programs/producer.py. It leads a process group of its own, in which its resource tracker is too. */
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
      // The resource tracker warns of what a killed program left, which is what some tests want.
      env: { ...process.env, PYTHONWARNINGS: "ignore" },
    });
    const output = lines(process_.stdout);
    return new PythonProducer(process_, output, JSON.parse((await output.next()).value ?? ""));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The names in one line, as FURY prints them. */
  get line(): string {
    return `${JSON.stringify(this.names)}\n`;
  }

  get segments(): string[] {
    const { image_buffer_names, info_buffer_name, queue_buffer_name, queue_head_tail_buffer_name } =
      this.names;
    return [
      ...image_buffer_names,
      info_buffer_name,
      queue_buffer_name ?? "",
      queue_head_tail_buffer_name ?? "",
    ];
  }

  async ask<Answer = unknown>(command: Command): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    this.#process.stdin.flush();
    return JSON.parse((await this.#lines.next()).value ?? "") as Answer;
  }

  /** The events that it has taken so far. */
  async events(): Promise<number[][]> {
    return (await this.ask<{ events: number[][] }>({ do: "events" })).events;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the program: as a person would, by force, or by force together with its resource tracker, so that its segments stay. */
  async end(how: "SIGTERM" | "SIGKILL" | "group" = "SIGTERM"): Promise<void> {
    if (how === "group") process.kill(-this.pid, "SIGKILL");
    else this.#process.kill(how);
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
