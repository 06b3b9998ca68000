import type { PickPurpose, PickResult } from "../../protocol/pick.ts";
import type { Point } from "../view/geometry.ts";

/** Minimum time between two questions while the pointer hovers, ms. */
const INTERVAL_MS = 40;

/** A question for what is at a place of the view, as fractions. */
export interface Question {
  readonly at: Point;
  readonly purpose: PickPurpose;
}

interface Options {
  /** Asks the renderer. Rejects with a sentence for the user. */
  readonly ask: (question: Question) => Promise<PickResult>;
  /** Called with the answer, or the error, of each question that no newer one replaced. */
  readonly onAnswer: (question: Question, answer: PickResult | Error) => void;
}

/** Latest wins: one question is in flight, and of those that come meanwhile, only the newest is asked. Clicks are not replaced by hovering. */
export class NewestQuestion {
  readonly #options: Options;
  #next: Question | null = null;
  #isBusy = false;
  /** Incremented by `cancel`: older answers are discarded. */
  #generation = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  ask(question: Question): void {
    if (this.#next?.purpose === "click" && question.purpose === "hover") return;
    this.#next = question;
    if (!this.#isBusy) void this.#work();
  }

  /** Discards the questions that are not answered yet. */
  cancel(): void {
    this.#next = null;
    this.#generation += 1;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#next !== null) {
      const question = this.#next;
      this.#next = null;
      const generation = this.#generation;
      const pause = new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      const answer = await this.#options
        .ask(question)
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      if (generation === this.#generation) this.#options.onAnswer(question, answer);
      await pause;
    }
    this.#isBusy = false;
  }
}
