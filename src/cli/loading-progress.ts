import { getLogger } from "@logtape/logtape";
import { describeProgress, secondsLeft } from "../util/load-progress.ts";

const log = getLogger(["scenecast", "load"]);

/** Minimum size of files whose progress line is shown immediately, bytes: they take at least half a second. */
const LARGE_BYTES = 16_000_000;

/** Delay of the progress line of smaller files, ms, so that a short load shows no line. */
const SHOW_DELAY_MS = 500;

/** Delay of the log message where standard error is not a terminal, ms. */
const LOG_DELAY_MS = 2000;

interface Terminal {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** Progress of a load: a line on a terminal, overwritten at each update, or one message in a log. */
export class LoadingProgress {
  readonly #title: string;
  readonly #bytes: number;
  readonly #terminal: Terminal;
  /** Start of the load, on the clock of performance.now(). */
  #since: number | undefined;
  #line = "";
  #timer: Timer | undefined;
  #isVisible = false;

  /**
   * @param title names of the files
   * @param bytes size of the files
   */
  constructor(title: string, bytes: number, terminal: Terminal = process.stderr) {
    this.#title = title;
    this.#bytes = bytes;
    this.#terminal = terminal;
  }

  /**
   * @param fraction 0 to 1
   * @param phase a verb ("reading"), to which the title is added, or a phrase ("drawing the first picture")
   */
  update(fraction: number, phase: string): void {
    this.#since ??= performance.now();
    const elapsed = performance.now() - this.#since;
    const progress = { fraction, phase, secondsLeft: secondsLeft(fraction, elapsed) };
    this.#line = describeProgress(progress, this.#title);
    // A load is logged only once.
    if (this.#isVisible && !this.#terminal.isTTY) return;
    const delay = !this.#terminal.isTTY ? LOG_DELAY_MS : this.#bytes >= LARGE_BYTES ? 0 : SHOW_DELAY_MS;
    // A timer shows the line even if the next update is late.
    if (elapsed >= delay) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), delay - elapsed);
  }

  /** Ends the progress, and erases its line from a terminal. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isVisible && this.#terminal.isTTY) this.#terminal.write("\r\x1b[K");
    this.#isVisible = false;
    this.#since = undefined;
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#isVisible = true;
    if (this.#terminal.isTTY) this.#terminal.write(`\r\x1b[K${this.#line}`);
    else log.info`${this.#line}.`;
  }
}
