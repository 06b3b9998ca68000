import { getLogger } from "@logtape/logtape";
import { WidgetError } from "./widget-error.ts";

const log = getLogger(["scenecast", "widget"]);

/** How long a server may take until it is ready, ms: it takes some 100. */
const START_MS = 30_000;

/** How long a server that was asked to end may take before it is killed, ms: it has to be gone within 2 s. */
const STOP_MS = 1500;

/** How much of what a server printed is kept for the error that says why it did not start, characters. */
const KEPT = 600;

/** What the ready line says. */
export interface ReadyServer {
  /** Where the server listens, with the token where one is needed. */
  readonly url: string;
  readonly port: number;
}

/** A `scenecast serve` of its own process, from its start to its end. It ends when this process does, however that ends. */
export class WidgetServer {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #said: Promise<string>;
  #stopping = false;
  /** Settles when it has ended, with how it ended, in words. */
  readonly ended: Promise<string>;

  constructor(words: readonly string[], folder: string, env: Readonly<Record<string, string>>) {
    this.#process = Bun.spawn([...words], {
      cwd: folder,
      env: { ...process.env, ...env, SCENECAST_LAUNCHER: String(process.pid) },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#said = this.#follow();
    this.ended = this.#process.exited.then(() => {
      const { exitCode, signalCode } = this.#process;
      return signalCode ? `it was ended by ${signalCode}` : `it ended with exit code ${exitCode}`;
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Whether it was asked to end. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Waits for the ready line; to be called once.
   * @throws WidgetError "server-failed" with what it said, "stopped" when it was ended meanwhile; it is gone then
   */
  async ready(): Promise<ReadyServer> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), START_MS);
    try {
      const ready = readyServer(await this.#firstLine());
      if (ready !== undefined) return ready;
    } finally {
      clearTimeout(timer);
    }
    await this.#end();
    throw await this.#whyNot();
  }

  /** Asks it to end, and ends it by force when it does not; settles when it is gone. May be called twice. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#end();
  }

  async #end(): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
    await this.#process.exited;
    clearTimeout(timer);
  }

  async #whyNot(): Promise<WidgetError> {
    if (this.#stopping) {
      return new WidgetError("The widget was stopped before its server was ready.", "stopped");
    }
    const said = await this.#said;
    const why = /^scenecast: (.+)$/m.exec(said)?.[1] ?? `${await this.ended}. ${said}`.trim();
    return new WidgetError(`The widget's server did not start: ${why}`, "server-failed");
  }

  /** Standard output up to the first line's end. The server prints nothing more there. */
  async #firstLine(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of this.#process.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("\n") || text.length > KEPT) break;
    }
    return text;
  }

  /** Passes on what the server says to this program's log; settles with the last of it when it has ended. */
  async #follow(): Promise<string> {
    const decoder = new TextDecoder();
    let last = "";
    for await (const chunk of this.#process.stderr) {
      const text = decoder.decode(chunk, { stream: true });
      last = (last + text).slice(-KEPT);
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
