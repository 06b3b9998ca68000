/** Handlers of the page for a key, in this order. */
export interface KeyboardActions {
  /** Handles a key that may steer, repeats included; returns whether it did. The key is forwarded nevertheless. */
  steer(event: KeyboardEvent): boolean;
  /** Handles a shortcut of the page; returns whether the key is one. */
  shortcut(key: string): boolean;
  /** Handles the release of any key. */
  released(event: KeyboardEvent): void;
  /** Forwards any other key to the renderer. @returns whether the renderer accepts keys */
  forward(key: string, down: boolean, event: KeyboardEvent): boolean;
}

/** Keys that the browser uses, for example for keyboard navigation. */
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

/** Listens to the keyboard, except to keys that the browser or a focused control uses. */
export class Keyboard {
  readonly #actions: KeyboardActions;
  /** Forwarded keys that are down, with their key-down events. */
  readonly #forwarded = new Map<string, KeyboardEvent>();
  #controlDown = false;

  constructor(actions: KeyboardActions) {
    this.#actions = actions;
    window.addEventListener("keydown", (event) => this.#down(event));
    window.addEventListener("keyup", (event) => this.#up(event));
    window.addEventListener("blur", () => this.#releaseAll());
  }

  /** Whether the Control key is down. */
  get controlDown(): boolean {
    return this.#controlDown;
  }

  #down(event: KeyboardEvent): void {
    if (event.key === "Control") this.#controlDown = true;
    if (event.defaultPrevented || event.isComposing) return;
    // Shortcuts of the browser: ctrl+r, cmd+s.
    if (event.ctrlKey || event.metaKey || event.altKey || !isFree(event)) return;
    if (this.#actions.steer(event)) event.preventDefault();
    if (event.repeat) return;
    if (this.#actions.shortcut(event.key)) event.preventDefault();
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

/** Whether no focused control uses this key: text fields use all keys, buttons use space and enter. */
function isFree(event: KeyboardEvent): boolean {
  if (!(event.target instanceof Element)) return true;
  if (event.target.closest("input, textarea, select, [contenteditable]") !== null) return false;
  const pressesButton = event.key === " " || event.key === "Enter";
  return !(pressesButton && event.target.closest("button, a[href]") !== null);
}
