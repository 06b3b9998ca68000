/** Delay before the progress line is shown, ms: a short load shows none. */
const SHOW_DELAY_MS = 500;

/** Progress line of a load on a terminal, overwritten at each update. Prints nothing if standard error is not a terminal. */
export class LoadingProgress {
  readonly #terminal: { write(text: string): unknown; isTTY?: boolean };
  readonly #title: string;
  readonly #since: number;
  #line = "";
  #timer: Timer | undefined;
  #isVisible = false;

  /**
   * @param title what is loaded
   * @param since start of the load, on the clock of performance.now()
   */
  constructor(
    title: string,
    terminal: { write(text: string): unknown; isTTY?: boolean } = process.stderr,
    since = performance.now(),
  ) {
    this.#title = title;
    this.#terminal = terminal;
    this.#since = since;
  }

  /**
   * @param fraction 0 to 1
   * @param phase a verb ("reading"), to which the title is added, or a phrase ("drawing the first picture")
   */
  update(fraction: number, phase: string): void {
    if (!this.#terminal.isTTY) return;
    const percent = Math.floor(Math.min(Math.max(fraction, 0), 1) * 100);
    const activity = phase.includes(" ") ? phase : `${phase} ${this.#title}`;
    this.#line = `${activity.slice(0, 1).toUpperCase()}${activity.slice(1)} ${percent} %`;
    const wait = this.#since + SHOW_DELAY_MS - performance.now();
    // A timer shows the line even if the next update is late.
    if (wait <= 0) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), wait);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isVisible) this.#terminal.write("\r\x1b[K");
    this.#isVisible = false;
  }

  #show(): void {
    this.#isVisible = true;
    this.#terminal.write(`\r\x1b[K${this.#line}`);
  }
}
