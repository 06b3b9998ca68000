import { chmodSync } from "node:fs";
import { join, resolve } from "node:path";
import { lines } from "./lines.ts";
import { COMMAND, type Finished } from "./scenecast.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** CPython of Debian, whose numpy and PIL the tests use. */
export const PYTHON = "/usr/bin/python3";

/** Folder of the package `scenecast`. */
export const PYTHON_SOURCES: string = resolve(import.meta.dir, "../../src/python");

/** A running Python program that imports scenecast from the sources, and whose executable is the sources too. */
export class PythonModuleProgram implements AsyncDisposable {
  readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #lines: AsyncGenerator<string>;
  readonly #stderr: Promise<string>;
  readonly #folder: TemporaryDirectory;

  /**
   * @param program path of the program and its arguments
   * @param options prefix: command that starts Python, for example `nsenter …`; modules: further folders of modules
   */
  constructor(
    program: readonly string[],
    options: {
      env?: Record<string, string>;
      prefix?: (command: readonly string[]) => readonly string[];
      modules?: readonly string[];
    } = {},
  ) {
    this.#folder = new TemporaryDirectory();
    const executable = this.#folder.write(
      "scenecast",
      `#!/bin/sh\nexec ${COMMAND.map((word) => `'${word}'`).join(" ")} "$@"\n`,
    );
    chmodSync(executable, 0o755);
    const command = [PYTHON, "-u", "-X", "dev", "-W", "error", ...program];
    this.process = Bun.spawn([...(options.prefix?.(command) ?? command)], {
      env: {
        ...process.env,
        PYTHONPATH: [PYTHON_SOURCES, ...(options.modules ?? [])].join(":"),
        PYTHONDONTWRITEBYTECODE: "1",
        SCENECAST_EXECUTABLE: executable,
        ...options.env,
      },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#lines = lines(this.process.stdout);
    this.#stderr = new Response(this.process.stderr).text();
  }

  /** A program of test/python/programs. */
  static start(name: string, ...args: string[]): PythonModuleProgram {
    return new PythonModuleProgram([join(import.meta.dir, "../python/programs", name), ...args]);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** The next line on its standard output, parsed as JSON. @throws Error with its standard error if it has ended */
  async next<Value = unknown>(): Promise<Value> {
    return JSON.parse(await this.line()) as Value;
  }

  /** The next line on its standard output. @throws Error with its standard error if it has ended */
  async line(): Promise<string> {
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error(`The Python program has ended: ${await this.#stderr}`);
    return value;
  }

  /** Writes a line to its standard input. */
  send(value: unknown): void {
    this.process.stdin.write(`${JSON.stringify(value)}\n`);
    this.process.stdin.flush();
  }

  /** Waits until it has exited, after the end of its standard input. */
  async ended(): Promise<Finished> {
    this.process.stdin.end();
    let stdout = "";
    for await (const line of this.#lines) stdout += `${line}\n`;
    await this.process.exited;
    return { exitCode: this.process.exitCode, stdout, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.#folder[Symbol.dispose]();
  }
}
