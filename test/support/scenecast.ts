import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** How the tests start the program: from source. The compiled executable has tests of its own in test/package. */
export const COMMAND: readonly string[] = [process.execPath, resolve(import.meta.dir, "../../src/main.ts")];

/** What a finished command printed and how it ended. */
export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one command to its end. */
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

/** Runs `view` or `serve` until its first line on standard output, and then ends it by SIGTERM. */
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
    /** The page's address, ending in a slash (before any token). */
    readonly url: string,
    stderrDone: (collect: (text: string) => void) => Promise<void>,
  ) {
    this.#stderrDone = stderrDone((text) => {
      this.#stderr += text;
    });
  }

  /** Starts it on a free port with `--json` and waits for the ready line; throws with what it said when it ends before. */
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
      [...(options.command ?? COMMAND), ...args, "--port", String(options.port ?? 0), "--json"],
      {
        // As the npm launcher sets it: whatever ends this test, its programs end too.
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
    let line = "";
    const decoder = new TextDecoder();
    for await (const chunk of process_.stdout) {
      line += decoder.decode(chunk, { stream: true });
      if (line.includes("\n")) break;
    }
    if (!line.includes("\n")) {
      await stderrDone;
      throw new Error(`scenecast ended before it was ready: ${collected.join("")}`);
    }
    const { url } = JSON.parse(line) as { url: string };
    return new RunningScenecast(process_, url, (collect) => {
      for (const text of collected) collect(text);
      listeners.push(collect);
      return stderrDone;
    });
  }

  /** What it has said on standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Writes to its standard input; only with `stdin: "pipe"`. */
  write(text: string): void {
    this.process.stdin?.write(text);
    this.process.stdin?.flush();
  }

  /** Fetches a path of the server, for example `state`. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.url), init);
  }

  /** `/state`, once `accept` holds for it; polls, since the server tells nobody when its state changes. */
  async state<T>(accept: (state: T) => boolean = () => true): Promise<T> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const state = (await (await this.fetch("state")).json()) as T;
      if (accept(state)) return state;
      if (Date.now() > deadline) throw new Error(`The state did not come: ${JSON.stringify(state)}`);
      await Bun.sleep(20);
    }
  }

  /** Asks it to end (SIGTERM unless told otherwise) and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> {
    this.process.kill(signal);
    return this.ended();
  }

  /** Waits until it has ended and no process holds its standard error open. */
  async ended(): Promise<Finished> {
    await this.process.exited;
    await this.#stderrDone;
    return { exitCode: this.process.exitCode, stdout: "", stderr: this.#stderr };
  }

  /** Kills it (SIGKILL) and waits until it is gone; others that hold its standard error may live on. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
  }
}

/** The shared-memory segments of scenecast that a process has mapped; other programs on the machine have some of their own. */
export function segmentsOf(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return [...new Set(maps.match(/(?<=\/dev\/shm\/)scenecast_[0-9a-f]+/g) ?? [])];
}

/** Those of the segments that still have a name. */
export function remaining(segments: readonly string[]): string[] {
  return segments.filter((name) => existsSync(`/dev/shm/${name}`));
}

/** Waits until `condition` holds; for states of the system that announce themselves to nobody (a process gone, a file removed). */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`It did not come to pass: ${what}`);
    await Bun.sleep(10);
  }
}
