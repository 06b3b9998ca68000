import { Emitter } from "./emitter.ts";
import type { ShowManagerEvents } from "./show-options.ts";

/** The events of a show, to which the program listens. */
export class ShowEvents {
  readonly #events = new Emitter<ShowManagerEvents>();

  /** @returns a function that removes the listener */
  on<Name extends keyof ShowManagerEvents>(
    name: Name,
    listener: (event: ShowManagerEvents[Name]) => void,
  ): () => void {
    const off = this.#events.on(name, listener);
    if (name === "animate") this.#events.emit("change", undefined);
    return off;
  }

  off<Name extends keyof ShowManagerEvents>(
    name: Name,
    listener: (event: ShowManagerEvents[Name]) => void,
  ): void {
    this.#events.off(name, listener);
  }

  /** Whether there are listeners of "animate". */
  get isAnimated(): boolean {
    return this.#events.has("animate");
  }

  protected emit<Name extends keyof ShowManagerEvents>(name: Name, event: ShowManagerEvents[Name]): void {
    this.#events.emit(name, event);
  }

  /**
   * Calls the listeners of "animate", if there are any.
   *
   * @param onMoved called after them: the objects have moved
   * @throws the first error, after removing all of the listeners
   */
  protected emitAnimate(seconds: number, onMoved: () => void): void {
    if (!this.isAnimated) return;
    try {
      this.#events.emit("animate", { seconds });
      onMoved();
    } catch (error) {
      this.#events.clear("animate");
      throw error;
    }
  }

  protected clearListeners(): void {
    this.#events.clear();
  }
}
