/**
 * Input events of a viewer, in two vocabularies: FURY's (`type`) and that of jupyter_rfb and rendercanvas (`event_type`). The
 * page bundles this file: no imports.
 */

/** FURY's wheel message, misspelt as on FURY's wire. `deltaY` in px, down positive. */
export interface FuryWheelMessage {
  type: "weel";
  deltaY: number;
  timestampInMs: number;
}

/** FURY's mouse move. `x`, `y` are fractions of the view, y down; `ctrlKey`, `shiftKey` are 0, 1 or booleans. */
export interface FuryMouseMoveMessage {
  type: "mouseMove";
  x: number;
  y: number;
  ctrlKey: 0 | 1 | boolean;
  shiftKey: 0 | 1 | boolean;
  timestampInMs: number;
}

/** FURY's click of any button, in spite of its name. `on`: 1 press, 0 release. `mouseButton`: 0 left, 1 middle, 2 right. */
export interface FuryMouseClickMessage {
  type: "mouseLeftClick";
  on: 0 | 1;
  mouseButton: 0 | 1 | 2;
  x: number;
  y: number;
  ctrlKey: 0 | 1 | boolean;
  shiftKey: 0 | 1 | boolean;
  timestampInMs: number;
}

/** jupyter_rfb's modifiers; a message lists those that are down. Only Control and Shift reach FURY's consumers. */
export type Modifier = "Shift" | "Control" | "Alt" | "Meta";

/** jupyter_rfb's buttons: 0 none (only in moves), 1 left, 2 right, 3 middle. */
type Button = 0 | 1 | 2 | 3;

/**
 * jupyter_rfb's pointer events. `x`, `y` are logical px from the top left of the view, whose size is that of this viewer's newest
 * `resize` (before any: the frame's own size in px). A page that shows the view at another size, for example with bars beside it,
 * maps first: `x = fractionOfView * resize.width`.
 */
interface PointerMessage {
  event_type: "pointer_down" | "pointer_move" | "pointer_up" | "double_click";
  x: number;
  y: number;
  /** The button that changed; 1..3 for down, up and double click. Default 0. */
  button?: Button;
  /** All buttons that are down. Default none. */
  buttons?: Button[];
  modifiers?: Modifier[];
  /** Seconds, as in jupyter_rfb. */
  time_stamp: number;
}

/** jupyter_rfb's wheel: `dy` in px, down positive. FURY's rows carry `dy` only. `x`, `y` as in {@link PointerMessage}. */
interface WheelMessage {
  event_type: "wheel";
  dx?: number;
  dy: number;
  x?: number;
  y?: number;
  modifiers?: Modifier[];
  time_stamp: number;
}

/** `key` as in KeyboardEvent.key: "r", "R", "ArrowLeft". Ignored if `hello.takes.keys` is false. */
interface KeyMessage {
  event_type: "key_down" | "key_up";
  key: string;
  modifiers?: Modifier[];
  time_stamp: number;
}

/**
 * The size of this viewer's view: logical (CSS) px and device pixels per logical px. The renderer then renders
 * `round(width * pixel_ratio)` x `round(height * pixel_ratio)` px, scaled down at the same aspect ratio if `hello.maxSize` is
 * smaller. With several viewers, the size of the one that steered last counts; before any has steered, the first size received.
 * If `hello.takes.resize` is false the frame keeps its size, and the message only scales this viewer's pointer events.
 */
export interface ResizeMessage {
  event_type: "resize";
  width: number;
  height: number;
  pixel_ratio: number;
  /** Seconds. */
  time_stamp?: number;
}

export type EventMessage = PointerMessage | WheelMessage | KeyMessage | ResizeMessage;
export type FuryMessage = FuryWheelMessage | FuryMouseMoveMessage | FuryMouseClickMessage;
