/** Below this many ms a load needs no progress line. */
const MOMENT_MS = 500;

/** One line on a terminal that says how far loading is, written over itself; silent where standard error is no terminal. */
export class LoadingProgress {
  readonly #terminal: { write(text: string): unknown; isTTY?: boolean };
  readonly #title: string;
  readonly #since: number;
  #line = "";
  #timer: Timer | undefined;
  #shown = false;

  /** `title`: what is loaded. `since`: when that began, on performance.now()'s clock. */
  constructor(
    title: string,
    terminal: { write(text: string): unknown; isTTY?: boolean } = process.stderr,
    since = performance.now(),
  ) {
    this.#title = title;
    this.#terminal = terminal;
    this.#since = since;
  }

  /** `fraction` from 0 to 1; `phase` is a verb: "reading". */
  update(fraction: number, phase: string): void {
    if (!this.#terminal.isTTY) return;
    const percent = Math.floor(Math.min(Math.max(fraction, 0), 1) * 100);
    // A single verb ("reading") gets the title as its object; a phrase is complete.
    const doing = phase.includes(" ") ? phase : `${phase} ${this.#title}`;
    this.#line = `${doing.slice(0, 1).toUpperCase()}${doing.slice(1)} ${percent} %`;
    const wait = this.#since + MOMENT_MS - performance.now();
    // The next step may be a long one: what is known is shown when the moment has passed.
    if (wait <= 0) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), wait);
  }

  /** Takes the line away. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#shown) this.#terminal.write("\r\x1b[K");
    this.#shown = false;
  }

  #show(): void {
    this.#shown = true;
    this.#terminal.write(`\r\x1b[K${this.#line}`);
  }
}
