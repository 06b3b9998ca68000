import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { lines } from "./lines.ts";

/** Command line of the tests, from source. test/package tests the compiled executable. */
export const COMMAND: readonly string[] = [process.execPath, resolve(import.meta.dir, "../../src/main.ts")];

/** Output and exit code of a command. */
export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command until it exits. */
export async function runScenecast(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const process_ = Bun.spawn([...COMMAND, ...args], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(process_.stdout).text(),
    new Response(process_.stderr).text(),
  ]);
  await process_.exited;
  return { exitCode: process_.exitCode, stdout, stderr };
}

/** Runs `view` or `serve` until its first line on standard output, then ends it with SIGTERM. */
export async function runUntilReady(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const child = Bun.spawn([...COMMAND, ...args], {
    env: { ...process.env, ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  let stdout = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    stdout += decoder.decode(chunk, { stream: true });
    if (stdout.includes("\n")) child.kill("SIGTERM");
  }
  const stderr = await new Response(child.stderr).text();
  return { exitCode: await child.exited, stdout, stderr };
}

/** A running `view` or `serve`, from its ready line to its end. */
export class RunningScenecast implements AsyncDisposable {
  #stderr = "";
  readonly #stderrDone: Promise<void>;

  private constructor(
    readonly process: Bun.Subprocess<"ignore" | "pipe", "pipe", "pipe">,
    /** URL of the page. Ends in a slash, before any token. */
    readonly url: string,
    /** Path of the Unix socket on which it listens; undefined if it listens on a port. */
    readonly socket: string | undefined,
    stderrDone: (collect: (text: string) => void) => Promise<void>,
  ) {
    this.#stderrDone = stderrDone((text) => {
      this.#stderr += text;
    });
  }

  /** Starts it on a free port, or the `--socket` of the arguments, with `--json` and waits for the ready line. @throws Error with its standard error if it exits before */
  static async start(
    args: readonly string[],
    options: {
      env?: Record<string, string>;
      command?: readonly string[];
      port?: number;
      stdin?: "pipe";
    } = {},
  ): Promise<RunningScenecast> {
    const process_ = Bun.spawn(
      [
        ...(options.command ?? COMMAND),
        ...args,
        ...(args.includes("--socket") ? [] : ["--port", String(options.port ?? 0)]),
        "--json",
      ],
      {
        // As the npm launcher does: the program ends with this process, however it ends.
        env: { ...process.env, SCENECAST_LAUNCHER: String(process.pid), ...options.env },
        stdin: options.stdin ?? "ignore",
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const collected: string[] = [];
    const listeners: ((text: string) => void)[] = [(text) => collected.push(text)];
    const stderrDone = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of process_.stderr) {
        const text = decoder.decode(chunk, { stream: true });
        for (const listener of listeners) listener(text);
      }
    })();
    const { value: line } = await lines(process_.stdout).next();
    if (line === undefined) {
      await stderrDone;
      throw new Error(`scenecast ended before it was ready: ${collected.join("")}`);
    }
    const { url, socket } = JSON.parse(line) as { url: string; socket?: string };
    return new RunningScenecast(process_, url, socket, (collect) => {
      for (const text of collected) collect(text);
      listeners.push(collect);
      return stderrDone;
    });
  }

  /** Its standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Writes to its standard input. Requires `stdin: "pipe"`. */
  write(text: string): void {
    this.process.stdin?.write(text);
    this.process.stdin?.flush();
  }

  /** Fetches a path of the server, for example `state`. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.url), {
      ...init,
      ...(this.socket !== undefined && { unix: this.socket }),
    });
  }

  /** Polls `/state` until `accept` returns true, at most 30 s. */
  async state<T>(accept: (state: T) => boolean = () => true): Promise<T> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const state = (await (await this.fetch("state")).json()) as T;
      if (accept(state)) return state;
      if (Date.now() > deadline)
        throw new Error(`The expected state was not reached: ${JSON.stringify(state)}`);
      await Bun.sleep(20);
    }
  }

  /** Sends it a signal and waits for its exit. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> {
    this.process.kill(signal);
    return this.ended();
  }

  /** Waits until it has exited and no process has its standard error open. */
  async ended(): Promise<Finished> {
    await this.process.exited;
    await this.#stderrDone;
    return { exitCode: this.process.exitCode, stdout: "", stderr: this.#stderr };
  }

  /** Kills it (SIGKILL) and waits for its exit; its child processes may still have its standard error open. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
  }
}

/** Names of the segments of scenecast that a process has mapped. */
export function segmentsOf(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return [...new Set(maps.match(/(?<=\/dev\/shm\/)scenecast_[0-9a-f]+/g) ?? [])];
}

/** The segments that still exist. */
export function remaining(segments: readonly string[]): string[] {
  return segments.filter((name) => existsSync(`/dev/shm/${name}`));
}

/** Polls a condition of the system that sends no event (a process has exited, a file is removed), at most 20 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
    await Bun.sleep(10);
  }
}
