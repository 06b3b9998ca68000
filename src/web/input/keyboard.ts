/** Key handlers of the page, in the order in which they are called. */
export interface KeyboardActions {
  /** Handles a key that can steer, including repeats; returns whether it did. The key is forwarded even then. */
  steer(event: KeyboardEvent): boolean;
  /** Handles a shortcut of the page; returns whether the key is one. */
  shortcut(event: KeyboardEvent): boolean;
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

/**
 * Listens to the keyboard, except to keys that the browser or a focused control uses.
 * @returns a function that returns whether the Control key is down
 */
export function listenToKeyboard(actions: KeyboardActions): () => boolean {
  /** Forwarded keys that are down, with their key-down events. */
  const forwarded = new Map<string, KeyboardEvent>();
  let isControlDown = false;
  window.addEventListener("keydown", (event) => {
    if (event.key === "Control") isControlDown = true;
    if (event.defaultPrevented || event.isComposing) return;
    // Shortcuts of the browser: ctrl+r, cmd+s.
    if (event.ctrlKey || event.metaKey || event.altKey || !isFree(event)) return;
    if (actions.steer(event)) event.preventDefault();
    if (event.repeat) return;
    if (actions.shortcut(event)) event.preventDefault();
    else if (!NEVER_FORWARDED.has(event.key) && !/^F\d+$/.test(event.key)) {
      if (!actions.forward(event.key, true, event)) return;
      forwarded.set(event.key, event);
      event.preventDefault();
    }
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === "Control") isControlDown = false;
    actions.released(event);
    if (forwarded.delete(event.key)) actions.forward(event.key, false, event);
  });
  window.addEventListener("blur", () => {
    isControlDown = false;
    for (const [key, event] of forwarded) actions.forward(key, false, event);
    forwarded.clear();
  });
  return () => isControlDown;
}

/** Inputs that use only the keys with a name and space, so that letters remain shortcuts. */
const WITHOUT_TEXT = "input:is([type=range], [type=checkbox], [type=radio], [type=color])";

/** Whether no focused control uses this key: text fields use all keys, buttons use space and enter, the panel scrolls by arrows. */
function isFree({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return true;
  const isLetter = key.length === 1 && key !== " ";
  if (target.matches(WITHOUT_TEXT)) return isLetter;
  if (target.closest("input, textarea, select, [contenteditable]") !== null) return false;
  if (target.closest("#panel") !== null) return isLetter;
  const pressesButton = key === " " || key === "Enter";
  return !(pressesButton && target.closest("button, a[href]") !== null);
}
