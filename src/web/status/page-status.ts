import { FrameStatistics, type ShownFrame } from "./frame-statistics.ts";
import { Notice } from "./notice.ts";
import { StatusLine, type StreamState } from "./status-line.ts";
import { type PageState, statusMessageFor } from "./status-message.ts";

/**
 * Age of a motion without a frame from which the renderer counts as stalled, ms. It must also have read no event for half of this
 * time, because a motion may change nothing visible.
 */
const STALL_MS = 2000;

/** What the page reports to the person: its message, and the status line with statistics. */
export class PageStatus {
  readonly statistics = new FrameStatistics();
  readonly line = new StatusLine();
  readonly notice = new Notice();
  /** Sentences about options that are ignored or not available. */
  readonly #warnings: string[];
  /** Age of the oldest event that the renderer has not read, ms, from the newest pong. */
  #inputWaitingMs = 0;

  /** @param warnings sentences about options that are ignored */
  constructor(warnings: readonly string[]) {
    this.#warnings = [...warnings];
    this.#showWarnings();
  }

  /** Whether no frame followed a motion of this page within {@link STALL_MS}. */
  get isMotionStalled(): boolean {
    return this.statistics.waitingMs(performance.now()) >= STALL_MS;
  }

  update(state: Omit<PageState, "isStalled">): void {
    const isStalled = this.isMotionStalled && this.#inputWaitingMs >= STALL_MS / 2;
    const message = statusMessageFor({ ...state, isStalled }, performance.now());
    this.notice.setStatus(message);
    // With any message the visible frame is outdated, except during a load, when the old scene or a preview can be moved.
    const isLoading = state.connection.name === "open" && state.renderer?.state === "loading";
    document.body.classList.toggle("outdated", message !== null && !isLoading);
  }

  /** Shows the statistics of the last second. */
  updateLine(state: StreamState, completeness: number | undefined): void {
    this.line.show(this.statistics.report(performance.now()), state, completeness);
  }

  /** Adds a sentence about an option, unless it was shown before. */
  addWarning(text: string): void {
    if (this.#warnings.includes(text)) return;
    this.#warnings.push(text);
    this.#showWarnings();
  }

  /** Records a frame that is visible with the next paint. */
  onFrame(frame: ShownFrame): void {
    const inputAt = this.statistics.onFrame(frame, performance.now());
    if (inputAt === undefined) return;
    requestAnimationFrame(() => this.statistics.onPainted(inputAt, performance.now()));
  }

  onPong(roundTripMs: number, inputWaitingMs: number): void {
    this.statistics.onRoundTrip(roundTripMs);
    this.#inputWaitingMs = inputWaitingMs;
  }

  reset(): void {
    this.statistics.reset();
    this.#inputWaitingMs = 0;
    this.notice.setWarning(null);
  }

  #showWarnings(): void {
    if (this.#warnings.length > 0) this.notice.note({ text: this.#warnings.join(" "), tone: "info" });
  }
}
