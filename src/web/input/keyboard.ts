/** What the page does with a key. */
export interface KeyboardActions {
  /** A key of the page's own; returns whether it was one. */
  own(key: string): boolean;
  /** Handles a key that may steer, repeats included; returns whether it did. Such a key is forwarded all the same. */
  steer(event: KeyboardEvent): boolean;
  /** Handles the release of any key. */
  released(event: KeyboardEvent): void;
  /** Any other key, to be forwarded to a renderer that takes keys. Returns whether it was taken. */
  forward(key: string, down: boolean, event: KeyboardEvent): boolean;
}

/** Keys that mean something to the browser or to people who go through the page by keyboard. */
const NEVER_FORWARDED = new Set([
  "Tab",
  "Escape",
  "Control",
  "Shift",
  "Alt",
  "Meta",
  "ContextMenu",
  "Dead",
  "Process",
]);

/** Listens to the keyboard while nothing else on the page wants it. */
export class Keyboard {
  readonly #actions: KeyboardActions;
  /** Keys whose press was forwarded and whose release is due. */
  readonly #forwarded = new Map<string, KeyboardEvent>();
  #controlDown = false;

  constructor(actions: KeyboardActions) {
    this.#actions = actions;
    window.addEventListener("keydown", (event) => this.#down(event));
    window.addEventListener("keyup", (event) => this.#up(event));
    window.addEventListener("blur", () => this.#releaseAll());
  }

  /** Whether the key Control is down, as far as this page knows. */
  get controlDown(): boolean {
    return this.#controlDown;
  }

  #down(event: KeyboardEvent): void {
    if (event.key === "Control") this.#controlDown = true;
    if (event.defaultPrevented || event.isComposing) return;
    // ctrl+r, cmd+s and the like are the browser's.
    if (event.ctrlKey || event.metaKey || event.altKey || !isFree(event)) return;
    if (this.#actions.steer(event)) event.preventDefault();
    if (event.repeat) return;
    if (this.#actions.own(event.key)) event.preventDefault();
    else if (!NEVER_FORWARDED.has(event.key) && !/^F\d+$/.test(event.key)) {
      if (!this.#actions.forward(event.key, true, event)) return;
      this.#forwarded.set(event.key, event);
      event.preventDefault();
    }
  }

  #up(event: KeyboardEvent): void {
    if (event.key === "Control") this.#controlDown = false;
    this.#actions.released(event);
    if (this.#forwarded.delete(event.key)) this.#actions.forward(event.key, false, event);
  }

  #releaseAll(): void {
    this.#controlDown = false;
    for (const [key, event] of this.#forwarded) this.#actions.forward(key, false, event);
    this.#forwarded.clear();
  }
}

/** Whether no control has the focus that uses this key itself: space and enter press a button. */
function isFree(event: KeyboardEvent): boolean {
  if (!(event.target instanceof Element)) return true;
  if (event.target.closest("input, textarea, select, [contenteditable]") !== null) return false;
  const pressesButton = event.key === " " || event.key === "Enter";
  return !(pressesButton && event.target.closest("button, a[href]") !== null);
}
