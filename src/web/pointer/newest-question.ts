import type { PickResult } from "../../protocol/pick.ts";
import type { Point } from "../view/geometry.ts";
import type { Click } from "./click-detector.ts";

/** Minimum time between two questions while the pointer hovers, ms. */
const INTERVAL_MS = 40;

/** Maximum number of clicks that wait for their answers. */
const MAX_CLICKS = 8;

/** A question for what is at a place of the view. */
export interface Question {
  /** Fractions of the view. */
  readonly at: Point;
  /** Null while the pointer hovers. */
  readonly click: Click | null;
}

interface Options {
  /** Asks the renderer. Rejects with a sentence for the user. */
  readonly ask: (question: Question) => Promise<PickResult>;
  /** Called with the answer, or the error, of each question that no newer one replaced. */
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
  /** Incremented by `cancel`: older answers are discarded. */
  #generation = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  ask(question: Question): void {
    if (question.click === null) this.#hover = question;
    else if (this.#clicks.length < MAX_CLICKS) this.#clicks.push(question);
    if (!this.#isBusy) void this.#work();
  }

  /** Discards the questions that are not answered yet. */
  cancel(): void {
    this.#hover = null;
    this.#clicks = [];
    this.#generation += 1;
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
      const generation = this.#generation;
      const pause = new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      const answer = await this.#options
        .ask(question)
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      if (generation === this.#generation) this.#options.onAnswer(question, answer);
      if (this.#clicks.length === 0) await pause;
    }
    this.#isBusy = false;
  }
}
