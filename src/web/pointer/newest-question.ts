import type { PickResult } from "../../protocol/pick.ts";
import type { Point } from "../view/geometry.ts";
import type { Click } from "./click-detector.ts";
import type { PointerMode } from "./pointer-menu.ts";

/** Minimum time between two questions while the pointer hovers, ms. */
const INTERVAL_MS = 40;

/** Maximum number of clicks that wait for their answers: two double clicks are six questions. */
const MAX_CLICKS = 12;

/** A question for what is at a place of the view. */
export interface Question {
  /** Fractions of the view. */
  readonly at: Point;
  /** Null while the pointer hovers. */
  readonly click: Click | null;
  /** What the answer is for: the mode at the time of the question, or the center of rotation. */
  readonly use: PointerMode | "center";
}

interface Options {
  /** Asks the renderer. Rejects with a sentence for the user. */
  readonly ask: (question: Question) => Promise<PickResult>;
  /** Called with the answer, or the error, of each question that was neither replaced nor cancelled. */
  readonly onAnswer: (question: Question, answer: PickResult | Error) => void;
}

/**
 * One question is in flight. Of those that come meanwhile while the pointer hovers, only the newest is asked (latest wins); clicks are all asked,
 * in their order, and before.
 */
export class NewestQuestion {
  readonly #options: Options;
  #hover: Question | null = null;
  #clicks: Question[] = [];
  #isBusy = false;
  /** The question in flight was cancelled: its answer is discarded. */
  #isCancelled = false;
  #asked: Question | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  ask(question: Question): void {
    if (question.click === null) this.#hover = question;
    else if (this.#clicks.length < MAX_CLICKS) this.#clicks.push(question);
    if (!this.#isBusy) void this.#work();
  }

  /** Discards the questions of a pointer that hovered. Clicks stay: they were meant. */
  cancelHover(): void {
    this.#hover = null;
    if (this.#asked?.click === null) this.#isCancelled = true;
  }

  /** Discards all questions that are not answered yet. */
  cancel(): void {
    this.#hover = null;
    this.#clicks = [];
    this.#isCancelled = true;
  }

  #take(): Question | null {
    const click = this.#clicks.shift();
    if (click !== undefined) return click;
    const hover = this.#hover;
    this.#hover = null;
    return hover;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let question = this.#take(); question !== null; question = this.#take()) {
      this.#asked = question;
      this.#isCancelled = false;
      const pause = new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      const answer = await this.#options
        .ask(question)
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      this.#asked = null;
      if (!this.#isCancelled) this.#options.onAnswer(question, answer);
      if (this.#clicks.length === 0) await pause;
    }
    this.#isBusy = false;
  }
}
