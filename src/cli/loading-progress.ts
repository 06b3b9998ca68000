/** Below this many ms a load needs no progress line. */
const MOMENT_MS = 500;

/** One line on a terminal that says how far loading is, written over itself; silent where standard error is no terminal. */
export class LoadingProgress {
  readonly #since: number;
  readonly #terminal: { write(text: string): unknown; isTTY?: boolean };
  #shown = false;

  /** `since`: when loading began, on performance.now()'s clock. */
  constructor(
    terminal: { write(text: string): unknown; isTTY?: boolean } = process.stderr,
    since = performance.now(),
  ) {
    this.#since = since;
    this.#terminal = terminal;
  }

  /** `fraction` from 0 to 1. */
  update(fraction: number, phase: string): void {
    if (!this.#terminal.isTTY || performance.now() - this.#since < MOMENT_MS) return;
    this.#shown = true;
    this.#terminal.write(`\r\x1b[K${phase} ${Math.floor(Math.min(Math.max(fraction, 0), 1) * 100)} %`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#terminal.write("\r\x1b[K");
    this.#shown = false;
  }
}
