/**
 * Code of a key in an event row, which holds numbers only: a key that types one character (`KeyboardEvent.key` is
 * "r", "R", "é") has that character's Unicode code point; a named key has 0x110000, the first number beyond the code
 * points, plus its index in {@link NAMED_KEYS}. New names are added at the end only.
 */
export const NAMED_KEYS = [
  "Enter",
  "Tab",
  "Backspace",
  "Delete",
  "Insert",
  "Escape",
  "ArrowLeft",
  "ArrowUp",
  "ArrowRight",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
  "Shift",
  "Control",
  "Alt",
  "AltGraph",
  "Meta",
  "CapsLock",
  "ContextMenu",
  "F1",
  "F2",
  "F3",
  "F4",
  "F5",
  "F6",
  "F7",
  "F8",
  "F9",
  "F10",
  "F11",
  "F12",
] as const;

const FIRST_NAMED = 0x110000;

/** The code of a `KeyboardEvent.key`, or null for a key that has none (a media key, a dead key). */
export function keyCode(key: string): number | null {
  const point = key.codePointAt(0);
  if (point !== undefined && String.fromCodePoint(point) === key) return point;
  const named = (NAMED_KEYS as readonly string[]).indexOf(key);
  return named < 0 ? null : FIRST_NAMED + named;
}

/** The `KeyboardEvent.key` of a code, or null for a number that is not a key code. */
export function keyName(code: number): string | null {
  if (!Number.isInteger(code) || code < 0) return null;
  return code < FIRST_NAMED ? String.fromCodePoint(code) : (NAMED_KEYS[code - FIRST_NAMED] ?? null);
}
