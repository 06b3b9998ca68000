import { basename, dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { RecordingFormat, RecordingRequest, RecordingStatus } from "../protocol/recording.ts";
import { RecordingError } from "../server/renderer/recorder.ts";
import { codeOf } from "./errors.ts";
import type { FilmShot } from "./film-frames.ts";
import { readLines } from "./lines.ts";
import type { LiveCapture, ViewCapture } from "./live-capture.ts";
import { NamelessFile } from "./nameless-file.ts";
import type { RecordingJob, RecordingReport } from "./recording-process.ts";
import { selfCommand } from "./self-command.ts";

const log = getLogger(["scenecast", "record"]);

/** Time for which a finished recording is kept, ms. */
const KEEP_MS = 1_800_000;

/** A job without its type and what the request says. */
type JobSettings = Pick<
  RecordingJob,
  "size" | "glBackend" | "root" | "fit" | "demo" | "module" | "controlValues" | "animation" | "logLevel"
>;

/** One picture or film of a view: its state, its file, and the process that renders it. */
export class Recording {
  readonly #request: RecordingRequest;
  readonly #settings: JobSettings;
  readonly #file: NamelessFile;
  #captured: ViewCapture | undefined;
  #child: Bun.Subprocess<"pipe", "pipe", "inherit"> | undefined;
  #expiry: Timer | undefined;
  #isClosed = false;
  #status: RecordingStatus;

  /** @throws RecordingError if there is no file to write to */
  constructor(request: RecordingRequest, format: RecordingFormat, settings: JobSettings) {
    this.#request = request;
    this.#settings = settings;
    try {
      this.#file = new NamelessFile();
    } catch (error) {
      throw new RecordingError(503, `The server has no temporary file for the recording (${codeOf(error)}).`);
    }
    this.#status = {
      id: crypto.randomUUID().replaceAll("-", ""),
      ...{ kind: request.kind, format, state: "rendering", fraction: 0, frame: 0, frames: 0, bytes: 0 },
      ...{ estimatedBytes: null, secondsLeft: null, phase: "starting" },
    };
  }

  get status(): RecordingStatus {
    return this.#status;
  }

  /** The file, once the recording is done. */
  get file(): Blob | undefined {
    return this.#status.state === "done" ? this.#file.content : undefined;
  }

  /** What is done in the view, while it is captured. */
  get captured(): ViewCapture | undefined {
    return this.#captured;
  }

  /** Begins with what is done in the view. */
  capture(captured: ViewCapture): void {
    this.#captured = captured;
    this.#status = { ...this.#status, state: "capturing", phase: "noting what is done" };
  }

  /** Ends the capturing. @returns what was done */
  finishCapture(): LiveCapture | undefined {
    const capture = this.#captured?.finish();
    this.#captured = undefined;
    return capture;
  }

  /** Renders the recording in a process of its own. @param shot of a film */
  render(document: SceneDocument, shot: FilmShot | undefined): void {
    const { frames, fps } = this.#request;
    const { format } = this.#status;
    const scene = { document, ...this.#settings };
    const job =
      shot === undefined
        ? { type: "picture", format, ...scene }
        : { type: "film", format, shot, frames, fps, ...scene };
    this.#status = { ...this.#status, state: "rendering", phase: "starting" };
    const child = Bun.spawn([...selfCommand(), "__recording", String(process.pid)], {
      // The fourth is the file.
      stdio: ["pipe", "pipe", "inherit", this.#file.fd],
    }) as Bun.Subprocess<"pipe", "pipe", "inherit">;
    this.#child = child;
    child.stdin.write(JSON.stringify(job));
    child.stdin.end();
    void this.#follow(child, filesOf(document));
  }

  /** Ends what is in progress and removes the file. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#expiry);
    this.finishCapture();
    this.#child?.kill("SIGKILL");
    this.#file.close();
  }

  async #follow(child: Bun.Subprocess<"pipe", "pipe", "inherit">, files: readonly string[]): Promise<void> {
    try {
      for await (const line of readLines(child.stdout)) this.#onLine(line, files);
    } catch (error) {
      log.warning`The messages of a recording cannot be read: ${error}`;
      child.kill("SIGKILL");
    }
    await child.exited;
    this.#child = undefined;
    if (this.#isClosed) return;
    if (this.#status.state === "rendering") {
      const error =
        child.signalCode === "SIGKILL"
          ? "The recording was killed; a system that is out of memory does this. Record smaller pictures."
          : `The recording stopped (${child.signalCode ?? `exit code ${child.exitCode}`}); the server's log has the details.`;
      this.#status = { ...this.#status, state: "failed", error };
    }
    // What is written of it may fill the disk.
    if (this.#status.state === "failed") this.#file.close();
    this.#expiry = setTimeout(() => this.#expire(), KEEP_MS);
    this.#expiry.unref();
  }

  #onLine(line: string, files: readonly string[]): void {
    const report = parseReport(line);
    if (report === undefined) return;
    // Viewers must not learn where the files are on this machine.
    const named =
      report.error && files.reduce((text, path) => text.replaceAll(path, basename(path)), report.error);
    const { module } = this.#settings;
    const error = module === undefined ? named : named?.replaceAll(`${dirname(module)}/`, "");
    this.#status = { ...this.#status, ...report, ...(error && { error: error.replace(/\.?$/, ".") }) };
  }

  #expire(): void {
    this.#status = {
      ...this.#status,
      state: "failed",
      error: "The recording was removed, because it was not downloaded within half an hour.",
    };
    this.#file.close();
  }
}

/** Drivers and libraries may print on standard output, too. @returns undefined for such a line */
function parseReport(line: string): RecordingReport | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as RecordingReport) : undefined;
  } catch {
    return undefined;
  }
}
