import { resolve } from "node:path";
import { lines } from "../support/lines.ts";

export const EXAMPLES: string = resolve(import.meta.dir, "../../examples");

/** A running example, and the first line that it printed: its address, or the names of its segments. */
export class ExampleProgram implements AsyncDisposable {
  private constructor(
    readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">,
    readonly firstLine: string,
  ) {}

  /** Starts it and waits for its first line. @throws Error with its standard error if it ends before. */
  static async start(command: readonly string[]): Promise<ExampleProgram> {
    const child = Bun.spawn([...command], { cwd: EXAMPLES, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const { value } = await lines(child.stdout).next();
    if (value !== undefined) return new ExampleProgram(child, value);
    throw new Error(`${command.join(" ")} ended early: ${await new Response(child.stderr).text()}`);
  }

  /** Asks it to end and returns its exit code and standard error. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<{ exitCode: number; stderr: string }> {
    this.process.kill(signal);
    const stderr = await new Response(this.process.stderr).text();
    return { exitCode: await this.process.exited, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }
}
