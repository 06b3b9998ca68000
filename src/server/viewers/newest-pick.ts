import { reporter } from "../../native/guarded.ts";
import type { CommandMessage } from "../../protocol/client-messages.ts";

const reportPick = reporter("A question of a viewer could not be answered");

/** Latest wins: of the questions of one viewer for what is under the pointer, one is in progress and at most one waits, the newest. */
export class NewestPick {
  readonly #answer: (message: CommandMessage) => Promise<void>;
  #isBusy = false;
  #waiting: CommandMessage | undefined;

  /** @param answer executes the command and sends its outcome */
  constructor(answer: (message: CommandMessage) => Promise<void>) {
    this.#answer = answer;
  }

  /** @returns the question that this one replaces, which is not answered */
  ask(message: CommandMessage): CommandMessage | undefined {
    const replaced = this.#waiting;
    this.#waiting = message;
    if (!this.#isBusy) void this.#work();
    return replaced;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting !== undefined) {
      const message = this.#waiting;
      this.#waiting = undefined;
      await this.#answer(message).catch(reportPick);
    }
    this.#isBusy = false;
  }
}
