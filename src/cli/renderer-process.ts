import { getLogger } from "@logtape/logtape";
import { filesOf } from "../document/scene-document.ts";
import { isLargeFile } from "../loading/start-worker.ts";
import { readLines } from "./lines.ts";
import {
  formatLine,
  MAX_MESSAGE_LENGTH,
  parseLine,
  type RendererConfig,
  type RendererMessage,
  type RendererRequest,
  rendererMessageSchema,
} from "./renderer-protocol.ts";
import { selfCommand } from "./self-command.ts";

const log = getLogger(["scenecast", "renderer"]);

/** Time for an orderly exit before the process is killed, ms. `view` itself must exit within 2 s. */
const STOP_TIMEOUT_MS = 1200;

/** One renderer process, from start to exit. A child process, so that the server survives a crash of a GL driver or a loader. */
export class RendererProcess {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  #killReason: string | undefined;
  /** Settles with a clause that says how the process ended, after its last message was delivered. */
  readonly ended: Promise<string>;

  constructor(config: RendererConfig, onMessage: (message: RendererMessage) => void) {
    // With its parent's pid the renderer detects that the parent died before PR_SET_PDEATHSIG was set.
    const { document, glBackend } = config;
    const needs = [
      ...(glBackend === "auto" || glBackend === "mesa" ? ["--egl"] : []),
      ...(filesOf(document).some(isLargeFile) ? ["--worker"] : []),
    ];
    this.#process = Bun.spawn([...selfCommand(), "__renderer", String(process.pid), ...needs], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.send({ type: "start", config });
    this.ended = this.#readMessages(onMessage);
  }

  send(request: RendererRequest): void {
    this.#process.stdin.write(formatLine(request));
    this.#process.stdin.flush();
  }

  /** Sends SIGKILL. {@link ended} then settles with `reason`, if given, instead of the signal. */
  kill(reason?: string): void {
    this.#killReason ??= reason;
    this.#process.kill("SIGKILL");
  }

  /** Closes the process's input, so that it cleans up and exits, and kills it after a timeout. Idempotent. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async #readMessages(onMessage: (message: RendererMessage) => void): Promise<string> {
    try {
      for await (const line of readLines(this.#process.stdout, "throw", MAX_MESSAGE_LENGTH)) {
        const message = parseLine(rendererMessageSchema, line);
        if (message) onMessage(message);
        // Drivers and libraries may print on standard output.
        else log.debug`${line}`;
      }
    } catch (error) {
      log.warning`Cannot read the renderer's messages: ${error}`;
      this.kill();
    }
    await this.#process.exited;
    const { exitCode, signalCode } = this.#process;
    if (this.#killReason !== undefined) return this.#killReason;
    if (signalCode === "SIGKILL") return "it was killed (SIGKILL; a system out of memory does this)";
    return signalCode ? `it crashed (${signalCode})` : `it ended with exit code ${exitCode}`;
  }
}
