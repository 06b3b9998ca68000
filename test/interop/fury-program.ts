import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { lines } from "../support/lines.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/fury_program.py", import.meta.url));
const NUMPY_PRODUCER = fileURLToPath(new URL("programs/numpy_producer.py", import.meta.url));

/** FURY's JSON keys: all four, as a program that is to be steered has them. */
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
  /** 0: it takes no events. */
  poll_ms?: number;
  take?: "one" | "all";
  dwell_ms?: number;
  pauses?: readonly (readonly [events: number, seconds: number])[];
  until?: number;
}

/** What it wrote and took; rows, and when each was taken, ms since 1970. */
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

/** A FURY program in real CPython: it makes the segments, and knows nothing of this project. */
export class FuryProgram<Report> implements AsyncDisposable {
  readonly names: ProgramNames;
  /** Its last line, when it has ended by itself. */
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

  /** The program of this folder. */
  static start(options: ProgramOptions): Promise<FuryProgram<ProgramReport>> {
    return FuryProgram.#start([PROGRAM, JSON.stringify(options)]);
  }

  /** programs/numpy_producer.py, with the arguments that its help lists. */
  static startNumpyProducer(
    args: readonly string[],
  ): Promise<FuryProgram<{ frames: number; events: number; ids: number[]; first_rows: number[][] }>> {
    return FuryProgram.#start([NUMPY_PRODUCER, ...args]);
  }

  static async #start<Report>(command: readonly string[]): Promise<FuryProgram<Report>> {
    const child = Bun.spawn([PYTHON, ...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const output = lines(child.stdout);
    const first = await output.next();
    if (first.done) throw new Error(`${command[0]} ended before it had made its segments`);
    const report = output.next().then(({ value, done }) => {
      if (done) throw new Error(`${command[0]} ended without its report`);
      return JSON.parse(value) as Report;
    });
    return new FuryProgram<Report>(child, JSON.parse(first.value) as ProgramNames, report);
  }

  /** The command line with which `scenecast` serves it. */
  get serveCommand(): string[] {
    const { names } = this;
    const images = [
      "--image-buffers",
      names.image_buffer_names.join(","),
      "--info-buffer",
      names.info_buffer_name,
    ];
    return [
      "serve",
      ...images,
      "--queue-buffer",
      names.queue_buffer_name,
      "--queue-head-tail",
      names.queue_head_tail_buffer_name,
    ];
  }

  /** All its segments. */
  get segments(): string[] {
    return Object.values(this.names).flat();
  }

  /** Its queue, to look whether it is empty. */
  attachQueue(): SharedMemCircularQueue {
    const { queue_buffer_name: bufferName, queue_head_tail_buffer_name: headTailBufferName } = this.names;
    return new SharedMemCircularQueue({ bufferName, headTailBufferName });
  }

  /** Ends it and gives its report. */
  async stop(): Promise<Report> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    return this.report;
  }

  /** Stops it in the middle of whatever it does, as a debugger does. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    await this.report.catch(() => {});
  }
}
