import { writeSync } from "node:fs";
import { setPriority } from "node:os";
import { dieWithParent } from "../native/process.ts";
import type { RecordingStatus } from "../protocol/recording.ts";
import { CommandError, codeOf, describeError } from "./errors.ts";
import { type FilmJob, type PictureJob, renderFilm, renderStill } from "./film-job.ts";
import { configureLog } from "./log.ts";
import type { LogLevelName } from "./option-values.ts";

/** File descriptor of the file that the process writes. */
const RECORDING_FD = 3;

/** Maximum size of a file, bytes. */
const MAX_BYTES = 2 ** 31;

/**
 * Priority below that of the live view, which gets three quarters of a core that both want. With 10 it would get nine tenths, and a recording
 * on a machine with other work would hardly begin.
 */
const NICENESS = 5;

/** What the process makes: a line of JSON on its standard input. */
export type RecordingJob = (
  | ({ readonly type: "film" } & FilmJob)
  | ({ readonly type: "picture" } & PictureJob)
) & {
  readonly logLevel: LogLevelName;
};

/** A line of JSON on its standard output: what has changed, and at the end `state`. */
export type RecordingReport = Partial<Omit<RecordingStatus, "id" | "kind" | "format">>;

/** Entry point of the process that renders a picture or a film beside the live view. */
export async function runRecording(parentPid: number): Promise<void> {
  if (!dieWithParent(parentPid)) process.exit(1);
  // Ctrl+C reaches all processes of the terminal; the parent ends this one.
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"] as const) process.on(signal, () => {});
  setPriority(NICENESS);
  const job = JSON.parse(await Bun.stdin.text()) as RecordingJob;
  configureLog(job.logLevel);
  try {
    const { frames, bytes } = await make(job);
    report({
      state: "done",
      fraction: 1,
      frame: frames,
      frames,
      bytes,
      estimatedBytes: bytes,
      secondsLeft: null,
    });
  } catch (error) {
    report({ state: "failed", error: describeError(error) });
  }
  process.exit(0);
}

async function make(job: RecordingJob): Promise<{ frames: number; bytes: number }> {
  const onLoading = (fraction: number, phase: string) =>
    report({ phase, fraction: job.type === "film" ? 0 : fraction });
  if (job.type === "picture") return { frames: 1, bytes: await renderStill(job, write, onLoading) };
  return renderFilm(job, write, {
    onLoading,
    onProgress: (progress) => report({ ...progress, phase: "recording the pictures" }),
    onBlank: () => {},
  });
}

function write(bytes: Uint8Array, position: number): void {
  if (position + bytes.length > MAX_BYTES)
    throw new CommandError("The recording has more than 2 GiB: record fewer or smaller pictures.");
  try {
    for (let written = 0; written < bytes.length; )
      written += writeSync(RECORDING_FD, bytes, written, bytes.length - written, position + written);
  } catch (error) {
    if (codeOf(error) === "ENOSPC")
      throw new CommandError("There is no space left for the recording on the server's disk.");
    throw error;
  }
}

let reportedAt = Number.NEGATIVE_INFINITY;

/** Minimum time between two reports, ms. The last one is always sent. */
const REPORT_INTERVAL_MS = 100;

function report(message: RecordingReport): void {
  const now = performance.now();
  if (message.state === undefined && now - reportedAt < REPORT_INTERVAL_MS) return;
  reportedAt = now;
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch (error) {
    // The parent is about to end this process.
    if (codeOf(error) !== "EPIPE") throw error;
  }
}
