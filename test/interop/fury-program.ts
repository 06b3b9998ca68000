import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GenericCircularQueue } from "../../src/fury/circular-queue.ts";
import { openNamedQueue } from "../memory/kinds.ts";
import { lines } from "../support/lines.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/fury_program.py", import.meta.url));
const NUMPY_PRODUCER = fileURLToPath(new URL("programs/numpy_producer.py", import.meta.url));

/** The names of all segments of a program, under FURY's JSON keys. */
export interface ProgramNames {
  image_buffer_names: string[];
  info_buffer_name: string;
  queue_buffer_name: string;
  queue_head_tail_buffer_name: string;
}

/** See programs/fury_program.py. */
export interface ProgramOptions {
  size?: readonly [width: number, height: number];
  fps?: number;
  buffers?: number;
  queue?: number;
  /** Interval of polling the queue, ms; 0: events are not dequeued. */
  poll_ms?: number;
  take?: "one" | "all";
  dwell_ms?: number;
  pauses?: readonly (readonly [events: number, seconds: number])[];
  until?: number;
}

/** Frames written, rows dequeued, and when each row was dequeued, ms since 1970. */
export interface ProgramReport {
  frames: number;
  taken: number[][];
  received_ms: number[];
}

/** Why programs/numpy_producer.py cannot run on this machine; empty if it can. */
export function whyNoNumpy(): string {
  const numpy =
    existsSync(PYTHON) && Bun.spawnSync([PYTHON, "-c", "import numpy, PIL"], { stderr: "ignore" }).success;
  return numpy ? "" : "python3-numpy or python3-pil is not installed";
}

/** Arguments of `scenecast` to serve the segments with these names. */
export function serveCommandFor(names: ProgramNames): string[] {
  return [
    "serve",
    ...["--image-buffers", names.image_buffer_names.join(","), "--info-buffer", names.info_buffer_name],
    ...["--queue-buffer", names.queue_buffer_name, "--queue-head-tail", names.queue_head_tail_buffer_name],
  ];
}

/** A FURY program in CPython, without any code of scenecast; it creates the segments. */
export class FuryProgram<Report> implements AsyncDisposable {
  readonly names: ProgramNames;
  /** Its last line of output; settles when it ends. */
  readonly report: Promise<Report>;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;

  private constructor(
    child: Bun.Subprocess<"ignore", "pipe", "inherit">,
    names: ProgramNames,
    report: Promise<Report>,
  ) {
    this.#child = child;
    this.names = names;
    this.report = report;
  }

  /** Starts programs/fury_program.py. */
  static start(options: ProgramOptions): Promise<FuryProgram<ProgramReport>> {
    return FuryProgram.#start([PROGRAM, JSON.stringify(options)]);
  }

  /** Starts programs/numpy_producer.py with these arguments; see its --help. */
  static startNumpyProducer(
    args: readonly string[],
  ): Promise<FuryProgram<{ frames: number; events: number; ids: number[]; first_rows: number[][] }>> {
    return FuryProgram.#start([NUMPY_PRODUCER, ...args]);
  }

  static async #start<Report>(command: readonly string[]): Promise<FuryProgram<Report>> {
    const child = Bun.spawn([PYTHON, ...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const output = lines(child.stdout);
    const first = await output.next();
    if (first.done) throw new Error(`${command[0]} ended before it created its segments`);
    const report = output.next().then(({ value, done }) => {
      if (done) throw new Error(`${command[0]} ended without its report`);
      return JSON.parse(value) as Report;
    });
    return new FuryProgram<Report>(child, JSON.parse(first.value) as ProgramNames, report);
  }

  /** Arguments of `scenecast` to serve the program. */
  get serveCommand(): string[] {
    return serveCommandFor(this.names);
  }

  /** Names of all its segments. */
  get segments(): string[] {
    return Object.values(this.names).flat();
  }

  /** Attaches to its queue. */
  attachQueue(): GenericCircularQueue {
    return openNamedQueue(this.names);
  }

  /** Ends the program and returns its report. */
  async stop(): Promise<Report> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    return this.report;
  }

  /** Suspends the process at any moment, as a debugger does. */
  suspend(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    await this.report.catch(() => {});
  }
}
