import { getConfig, getLogger } from "@logtape/logtape";
import type { Control, ControlValue } from "../protocol/panel.ts";
import { checkValue } from "./check-value.ts";

const log = getLogger(["scenecast", "panel"]);

/** What a program does when a viewer has changed a control. */
export type ControlCallback = (value: ControlValue | undefined) => unknown;

export interface ProgramControlEvents {
  /** The value has changed. */
  onValue: () => void;
  /** The program has run, and may have changed what is shown. */
  onProgram: () => void;
}

/** One control of a program: its description with its present value, and its callback. */
export class ProgramControl {
  /** With its present value. */
  description: Control;
  readonly #callback: ControlCallback | undefined;
  readonly #events: ProgramControlEvents;
  #isRemoved = false;
  /** The call in progress; it never rejects. */
  #running: Promise<unknown> | undefined;
  /** The call that follows with the newest value. */
  #next: Promise<void> | undefined;
  /** Message of the newest error that was logged: a slider that is dragged would otherwise fill the log. */
  #logged = "";

  constructor(description: Control, callback: ControlCallback | undefined, events: ProgramControlEvents) {
    this.description = description;
    this.#callback = callback;
    this.#events = events;
  }

  get value(): ControlValue | undefined {
    return this.description.type === "action" ? undefined : this.description.value;
  }

  /** Sets the value, checked by `checkValue`. */
  setValue(value: unknown): void {
    const checked = checkValue(this.description, value);
    if (Bun.deepEquals(checked, this.value)) return;
    this.description = { ...this.description, value: checked } as Control;
    this.#events.onValue();
  }

  /**
   * Applies a viewer's change. While a callback is in progress, changes are merged: it is called again with the newest value.
   *
   * Rejects with a sentence for the viewer.
   */
  async receive(value: unknown): Promise<void> {
    const { label } = this.description;
    if (this.description.type === "action") {
      if (value !== undefined) checkValue(this.description, value);
      if (this.#running !== undefined) throw new Error(`"${label}" is still running; wait for its end.`);
      return this.#start();
    }
    const before = this.value;
    this.setValue(value);
    if (this.value === before) return;
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  /** To be called when the program has removed it: callbacks that wait are not called any more. */
  remove(): void {
    this.#isRemoved = true;
  }

  #start(): Promise<void> {
    const call = this.#call();
    const running = call
      .catch(() => {})
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    this.#running = running;
    return call;
  }

  async #call(): Promise<void> {
    if (this.#isRemoved) throw new Error(`The program has removed "${this.description.label}".`);
    try {
      const result = this.#callback?.(this.value);
      this.#events.onProgram();
      if (!isThenable(result)) return;
      await result;
      this.#events.onProgram();
    } catch (error) {
      this.#events.onProgram();
      throw new Error(this.#report(error));
    }
  }

  /** Logs an error of the callback. @returns a sentence for the viewer */
  #report(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `"${this.description.label}" failed in the program: ${reason.replace(/([^.?!])$/, "$1.")}`;
    if (message !== this.#logged) {
      this.#logged = message;
      const stack = error instanceof Error ? (error.stack ?? message) : message;
      // Without the frames of the executable, which say nothing about the program.
      const details = stack.replace(/\n\s+at [^\n]*\/\$bunfs\/[^\n]*/g, "");
      // Without a configuration of LogTape, as in most programs, its records go nowhere.
      if (getConfig() === null) console.error(`The callback of ${message}\n${details}`);
      else log.error`The callback of ${message}\n${details}`;
    }
    return message;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
