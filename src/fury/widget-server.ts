import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { shellWord } from "../util/shell-words.ts";

/** Machine-readable reason; the message is for people. */
export type WidgetErrorCode =
  /** There is no `scenecast` to run the server with. */
  | "no-program"
  /** The server ended before it was ready, or never became ready. */
  | "server-failed"
  /** The operation requires a started widget. */
  | "not-started"
  /** `stop` or `cleanup` was called before the start was complete. */
  | "stopped"
  /** The advertised address is invalid. */
  | "bad-address";

/** An operation of a Widget failed; the message says why and what to do. */
export class WidgetError extends Error {
  override readonly name = "WidgetError";

  constructor(
    message: string,
    readonly code: WidgetErrorCode,
  ) {
    super(message);
  }
}

const log = getLogger(["scenecast", "widget"]);

/** Timeout of the start, ms; it usually needs about 100. */
const START_TIMEOUT_MS = 30_000;

/** Time from SIGTERM to SIGKILL, ms: the server must have ended within 2 s. */
const STOP_TIMEOUT_MS = 1500;

/** Length of the end of standard error that is kept for the error message, characters. */
const MAX_OUTPUT = 600;

/** Content of the ready line. */
export interface ReadyServer {
  /** URL of the page, with the token if one is needed. */
  readonly url: string;
  readonly port: number;
}

/** A `scenecast serve` process. It ends when this process ends, for whatever reason. */
export class WidgetServer {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #output: Promise<string>;
  /** Whether {@link stop} was called. */
  #stopping = false;
  /** Settles with a description when the process has ended. */
  readonly ended: Promise<string>;

  constructor(argv: readonly string[], folder: string, env: Readonly<Record<string, string>>) {
    this.#process = Bun.spawn([...argv], {
      cwd: folder,
      env: { ...process.env, ...env, SCENECAST_LAUNCHER: String(process.pid) },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#output = this.#follow();
    this.ended = this.#process.exited.then(() => {
      const { exitCode, signalCode } = this.#process;
      return signalCode ? `it was ended by ${signalCode}` : `it ended with exit code ${exitCode}`;
    });
  }

  /**
   * Waits for the ready line; to be called once.
   * @throws WidgetError "server-failed" with its error message, "stopped" if it was stopped before; the process has then ended
   */
  async ready(): Promise<ReadyServer> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), START_TIMEOUT_MS);
    try {
      const ready = readyServer(await this.#firstLine());
      if (ready !== undefined) return ready;
    } finally {
      clearTimeout(timer);
    }
    await this.#end();
    throw await this.#startError();
  }

  /** Ends the process, by force if it does not end in time; settles when it has ended. May be called twice. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#end();
  }

  async #end(): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#process.exited;
    clearTimeout(timer);
  }

  async #startError(): Promise<WidgetError> {
    if (this.#stopping) {
      return new WidgetError("The widget was stopped before its server was ready.", "stopped");
    }
    const output = await this.#output;
    const why = /^scenecast: (.+)$/m.exec(output)?.[1] ?? `${await this.ended}. ${output}`.trim();
    return new WidgetError(`The widget's server did not start: ${why}`, "server-failed");
  }

  /** Standard output up to the end of the first line; the server prints only that line. */
  async #firstLine(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of this.#process.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("\n") || text.length > MAX_OUTPUT) break;
    }
    return text;
  }

  /** Copies standard error to this program's log; settles with the end of it when the process has ended. */
  async #follow(): Promise<string> {
    const decoder = new TextDecoder();
    let last = "";
    for await (const chunk of this.#process.stderr) {
      const text = decoder.decode(chunk, { stream: true });
      last = (last + text).slice(-MAX_OUTPUT);
      log.debug`${text.trimEnd()}`;
    }
    return last;
  }
}

function readyServer(line: string): ReadyServer | undefined {
  try {
    const { url, port } = JSON.parse(line) as { url?: unknown; port?: unknown };
    return typeof url === "string" && URL.canParse(url) && Number.isInteger(port)
      ? { url, port: port as number }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A program with its first arguments, and its working directory. */
export interface Program {
  readonly argv: readonly string[];
  readonly folder: string;
}

/**
 * The command of scenecast: its sources with the runtime of this program, or, if this library was compiled into another
 * program, the `scenecast` on the PATH.
 * @throws WidgetError "no-program"
 */
export function findScenecast(): Program {
  const main = join(dirname(import.meta.dir), "main.ts");
  // Not in the user's working directory: a bunfig.toml there must not affect the server.
  if (existsSync(main)) return { argv: [process.execPath, main], folder: dirname(main) };
  const onPath = Bun.which("scenecast");
  if (onPath !== null) return { argv: [onPath], folder: "/" };
  throw new WidgetError(
    "The widget's server is the program scenecast, which is not on the PATH: put it into a folder on your PATH " +
      "(npm run build makes dist/scenecast).",
    "no-program",
  );
}

/** The command line of these arguments for a POSIX shell. */
export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}
