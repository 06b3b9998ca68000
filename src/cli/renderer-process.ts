import { getLogger } from "@logtape/logtape";
import {
  type RendererCommand,
  type RendererConfig,
  type RendererMessage,
  rendererMessageSchema,
} from "../protocol/renderer-messages.ts";
import { readLines } from "./lines.ts";

const log = getLogger(["scenecast", "renderer"]);

/** How long a renderer that was asked to leave may take before it is killed, in ms: `view` itself has 2 s to be gone. */
const STOP_MS = 1200;

/** How a renderer process ended, in words. */
export type RendererEnd = string;

/** How this program starts itself: the compiled executable alone, in development Bun with the entry file before the arguments. */
function selfCommand(): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, Bun.main];
}

/** One renderer process, from its start to its end. It is a child so that a crash in a GL driver or a loader leaves the server alive. */
export class RendererProcess {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  #killReason: RendererEnd | undefined;
  /** Settles when the process has ended and its last message was delivered. */
  readonly ended: Promise<RendererEnd>;

  constructor(config: RendererConfig, onMessage: (message: RendererMessage) => void) {
    // With its parent's pid the renderer detects that the parent died before PR_SET_PDEATHSIG was set.
    this.#process = Bun.spawn([...selfCommand(), "__renderer", String(process.pid)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#send(config);
    this.ended = this.#follow(onMessage);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Asks it to read the files again; the answer is a `reloaded` message. */
  reload(): void {
    this.#send({ type: "reload" } satisfies RendererCommand);
  }

  /** Sends SIGKILL. {@link ended} then settles with `reason`, if given, instead of the signal. */
  kill(reason?: RendererEnd): void {
    this.#killReason ??= reason;
    this.#process.kill("SIGKILL");
  }

  /** Ends the process and waits for it: first by closing its input, so that it cleans up, then by force. May be called twice. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.kill(), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #send(line: RendererConfig | RendererCommand): void {
    this.#process.stdin.write(`${JSON.stringify(line)}\n`);
    this.#process.stdin.flush();
  }

  async #follow(onMessage: (message: RendererMessage) => void): Promise<RendererEnd> {
    try {
      for await (const line of readLines(this.#process.stdout)) {
        const message = parseMessage(line);
        if (message) onMessage(message);
        // A driver or library may print on standard output; that is worth seeing and nothing more.
        else log.debug`${line}`;
      }
    } catch (error) {
      log.warning`The renderer's messages could not be read: ${error}`;
      this.kill();
    }
    await this.#process.exited;
    const { exitCode, signalCode } = this.#process;
    if (this.#killReason !== undefined) return this.#killReason;
    if (signalCode === "SIGKILL") return "it was killed (SIGKILL; a system out of memory does this)";
    return signalCode ? `it crashed (${signalCode})` : `it ended with exit code ${exitCode}`;
  }
}

function parseMessage(line: string): RendererMessage | undefined {
  try {
    return rendererMessageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
