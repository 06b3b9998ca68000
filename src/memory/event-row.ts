import { keyCode, keyName } from "./key-codes.ts";
import { EVENT, type EVENT_CAPABILITY } from "./layout.generated.ts";

export { EVENT };

/** float64 values in an event row: the dimension of FURY's queue. */
export const EVENT_DIMENSION = 8;

/** Which events beyond FURY's eight a renderer handles. */
export type EventCapabilities = Record<keyof typeof EVENT_CAPABILITY, boolean>;

/** The capabilities of a plain FURY consumer: its eight events and no others. */
export const NO_EXTRA_EVENTS: Readonly<EventCapabilities> = {
  resize: false,
  keys: false,
  doubleClick: false,
};

/** Whether a renderer with these capabilities accepts this event id. FURY's consumer raises an exception on ids above 8. */
export function acceptsEvent(capabilities: EventCapabilities, id: number): boolean {
  if (id >= EVENT.wheel && id <= EVENT.rightRelease) return true;
  if (id === EVENT.resize) return capabilities.resize;
  if (id === EVENT.keyDown || id === EVENT.keyUp) return capabilities.keys;
  return id === EVENT.doubleClick && capabilities.doubleClick;
}

/**
 * An event as a row of 8 float64 (struct scenecast_event of native/scenecast_memory.h). FURY's eight events:
 *
 * | index | meaning |
 * |---|---|
 * | 0 | event id, see {@link EVENT} |
 * | 1 | wheel: deltaY in px, down positive; else 0 |
 * | 2, 3 | x, y as fractions of the view, y down; wheel: deltaX in px, right positive, and 0 |
 * | 4, 5 | ctrl, shift: 0 or 1 |
 * | 6 | the sender's time stamp, ms |
 * | 7 | 1 alt + 2 meta |
 *
 * FURY writes neither deltaX, alt nor meta: see {@link furyRow}.
 *
 * The other events differ in:
 *
 * | id | 1 | 2, 3 | 7 |
 * |---|---|---|---|
 * | 9 resize | device pixels per logical px, at most 64 | width, height in logical px, at most 2^20 | 0 |
 * | 10, 11 keyDown, keyUp | key code, see key-codes.ts | 0, 0 | 1 alt + 2 meta + 4 repeat |
 * | 12 doubleClick | button: 0 left, 1 middle, 2 right | x, y as above | 1 alt + 2 meta |
 */
export type EventRow = Float64Array;

export type MouseButton = 0 | 1 | 2;

interface Timestamped {
  /** ms, by the sender's clock. */
  timestamp: number;
}

interface WithModifiers extends Timestamped {
  ctrl: boolean;
  shift: boolean;
  alt: boolean;
  meta: boolean;
}

interface Positioned extends WithModifiers {
  /** Fractions of the view from its top left corner, y down. May be outside of 0..1 during a drag. */
  x: number;
  y: number;
}

export type SceneEvent =
  /** `deltaX`, `deltaY` in px, right and down positive. */
  | ({ type: "wheel"; deltaX: number; deltaY: number } & WithModifiers)
  | ({ type: "mouseMove" } & Positioned)
  | ({ type: "mousePress" | "mouseRelease" | "doubleClick"; button: MouseButton } & Positioned)
  /** Logical px, and device pixels per logical px. */
  | ({ type: "resize"; width: number; height: number; pixelRatio: number } & Timestamped)
  /** `key` as `KeyboardEvent.key`. */
  | ({
      type: "keyDown" | "keyUp";
      key: string;
      repeat: boolean;
    } & WithModifiers);

/** Whether a renderer with these capabilities is a scenecast program, and no plain FURY consumer. */
export function knowsExtension({ resize, keys, doubleClick }: EventCapabilities): boolean {
  return resize || keys || doubleClick;
}

/** The row as FURY writes it: without the horizontal part of a wheel event, alt and meta. Null if nothing of the event is left. */
export function furyRow(row: EventRow): EventRow | null {
  const plain = row.slice();
  if (row[0] === EVENT.wheel) {
    if (row[1] === 0 && row[2] !== 0) return null;
    plain[2] = 0;
  }
  plain[7] = 0;
  return plain;
}

/** An event that cannot be encoded as a row. */
export class EventRowError extends Error {
  override name = "EventRowError";
}

/** Limits for a resize event, logical px and device pixels per logical px: a row with more is invalid. */
const MAX_SIDE = 2 ** 20;
const MAX_PIXEL_RATIO = 64;

const ALT = 1;
const META = 2;
const REPEAT = 4;

/**
 * The row of an event.
 * @throws EventRowError for NaN, Infinity, a button outside 0..2, or a key that has no code.
 */
export function encodeEvent(event: SceneEvent): EventRow {
  const row = new Float64Array(EVENT_DIMENSION);
  row[6] = event.timestamp;
  if ("ctrl" in event) {
    row[4] = Number(event.ctrl);
    row[5] = Number(event.shift);
    row[7] = (event.alt ? ALT : 0) | (event.meta ? META : 0);
  }
  if ("x" in event) {
    row[2] = event.x;
    row[3] = event.y;
  }
  switch (event.type) {
    case "wheel":
      row[0] = EVENT.wheel;
      row[1] = event.deltaY;
      row[2] = event.deltaX;
      break;
    case "mouseMove":
      row[0] = EVENT.mouseMove;
      break;
    case "mousePress":
    case "mouseRelease":
      row[0] = (checkedButton(event.button) + 1) * 2 + (event.type === "mousePress" ? 0 : 1) + 1;
      break;
    case "doubleClick":
      row[0] = EVENT.doubleClick;
      row[1] = checkedButton(event.button);
      break;
    case "resize":
      row[0] = EVENT.resize;
      row[1] = event.pixelRatio;
      row[2] = event.width;
      row[3] = event.height;
      break;
    case "keyDown":
    case "keyUp": {
      const code = keyCode(event.key);
      if (code === null) throw new EventRowError(`The key ${JSON.stringify(event.key)} has no code.`);
      row[0] = event.type === "keyDown" ? EVENT.keyDown : EVENT.keyUp;
      row[1] = code;
      if (event.repeat) row[7] = (row[7] ?? 0) | REPEAT;
    }
  }
  checkFinite(row);
  return row;
}

/** The event of a row; null for an invalid id, key code or number, since any process may write rows. */
export function decodeEvent(row: ArrayLike<number>): SceneEvent | null {
  const [id = 0, value = 0, x = 0, y = 0, ctrlWord = 0, shiftWord = 0, timestamp = 0, flags = 0] =
    Array.from(row);
  if (row.length !== EVENT_DIMENSION || !isFiniteRow(row)) return null;
  const modifiers = {
    ctrl: ctrlWord !== 0,
    shift: shiftWord !== 0,
    alt: (flags & ALT) !== 0,
    meta: (flags & META) !== 0,
  };
  switch (id) {
    case EVENT.wheel:
      return { type: "wheel", deltaX: x, deltaY: value, ...modifiers, timestamp };
    case EVENT.mouseMove:
      return { type: "mouseMove", x, y, ...modifiers, timestamp };
    case EVENT.leftPress:
    case EVENT.middlePress:
    case EVENT.rightPress:
      return { type: "mousePress", button: ((id - 3) / 2) as MouseButton, x, y, ...modifiers, timestamp };
    case EVENT.leftRelease:
    case EVENT.middleRelease:
    case EVENT.rightRelease:
      return { type: "mouseRelease", button: ((id - 4) / 2) as MouseButton, x, y, ...modifiers, timestamp };
    case EVENT.doubleClick:
      if (value !== 0 && value !== 1 && value !== 2) return null;
      return { type: "doubleClick", button: value, x, y, ...modifiers, timestamp };
    case EVENT.resize:
      if (!(isWithin(value, MAX_PIXEL_RATIO) && isWithin(x, MAX_SIDE) && isWithin(y, MAX_SIDE))) return null;
      return { type: "resize", width: x, height: y, pixelRatio: value, timestamp };
    case EVENT.keyDown:
    case EVENT.keyUp: {
      const key = keyName(value);
      if (key === null) return null;
      const type = id === EVENT.keyDown ? "keyDown" : "keyUp";
      return { type, key, repeat: (flags & REPEAT) !== 0, ...modifiers, timestamp };
    }
    default:
      return null;
  }
}

function isWithin(value: number, max: number): boolean {
  return value > 0 && value <= max;
}

/** Whether every number of a row is finite. */
export function isFiniteRow(row: ArrayLike<number>): boolean {
  return Array.from(row).every(Number.isFinite);
}

/** @throws EventRowError that names the first number of the row that is not finite. */
export function checkFinite(row: ArrayLike<number>): void {
  const i = Array.from(row).findIndex((value) => !Number.isFinite(value));
  if (i < 0) return;
  throw new EventRowError(`Value ${i} of an event row is ${row[i]}; every value must be a finite number.`);
}

function checkedButton(button: number): MouseButton {
  if (button === 0 || button === 1 || button === 2) return button;
  throw new EventRowError(`The mouse button is ${button}; it must be 0 (left), 1 (middle) or 2 (right).`);
}
