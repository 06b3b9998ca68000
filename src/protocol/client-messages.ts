/**
 * Messages from page to server: JSON objects in WebSocket text messages, one per message, discriminated by `type` or, in
 * jupyter_rfb's vocabulary, by `event_type`. A message that the server cannot handle has no effect and is answered with an
 * ErrorMessage (a burst of 200, then 100 per second); the socket stays open unless it exceeds MAX_MESSAGES_PER_SECOND.
 *
 * One viewer is one page load. The page generates a viewer id (VIEWER_ID_PATTERN), opens `ws?viewer=ID`, and receives frames on
 * that socket ({@link FramesMessage}) or from `<img src="video/mjpeg?viewer=ID">`. Both may be open at the same time, in any
 * order: the id associates them. A second frame stream with the same id ends the first.
 *
 * Behind a proxy that blocks WebSockets, the same messages are sent over plain HTTP: `GET events?viewer=ID` responds with the
 * server's as Server-Sent Events, and `POST events?viewer=ID&sequence=N` carries a batch of the page's, one per line. Batches are
 * numbered from 1 for each GET; a repeated batch is not handled twice. Frames are not sent there, but by MJPEG and WebRTC.
 */
import type { RendererCommand } from "./commands.ts";

/** Associates this socket with the viewer's frame stream. Sent first if the id is not in the socket's query. */
export interface ClientHelloMessage {
  type: "hello";
  viewer: string;
}

/** `time` is returned unchanged in PongMessage: any finite number, for example `performance.now()`. */
interface PingMessage {
  type: "ping";
  time: number;
}

/** Starts frames on this socket, changes their encoding, or stops them. They arrive as binary messages, see frame-header.ts. */
export interface FramesMessage {
  type: "frames";
  /** "jpeg": each frame is an image file. "video": VP8 frames, of which all but keyframes depend on the frame before. */
  encoding: "jpeg" | "video" | "none";
  /** With "jpeg": whether a still view may be refined by a lossless PNG. Default false. */
  lossless?: boolean;
}

/**
 * Acknowledges the frame with this number in its header: it was decoded, or dropped for a newer one. Exactly one for each frame,
 * in order; the server sends further frames only after these.
 */
interface AckMessage {
  type: "ack";
  frame: number;
  /**
   * Time from the frame's arrival at the page to this message, ms: decoding and painting. It is subtracted from the round trip, so
   * that quality adapts to the connection and not to a slow page. Default 0.
   */
  heldMs?: number;
}

/** Requests a keyframe, because the page's video decoder failed. Frames before it need not be decoded, but are acknowledged. */
interface KeyframeMessage {
  type: "keyframe";
}

/** Requests that the renderer execute a command; answered by CommandResultMessage with the same `id`, which the page chooses. */
export interface CommandMessage {
  type: "command";
  id: number;
  command: RendererCommand;
}

// Input events, in two vocabularies: FURY's (`type`) and that of jupyter_rfb and rendercanvas (`event_type`).

type Flag = 0 | 1 | boolean;

/** Modifiers that FURY's messages do not have. */
interface ExtraModifiers {
  altKey?: Flag;
  metaKey?: Flag;
}

/**
 * FURY's wheel message, misspelt as on FURY's wire. `deltaY` in px, down positive. FURY's has no `deltaX`, which is positive to the
 * right, and no modifiers.
 */
export interface FuryWheelMessage extends ExtraModifiers {
  type: "weel";
  deltaY: number;
  deltaX?: number;
  ctrlKey?: Flag;
  shiftKey?: Flag;
  timestampInMs: number;
}

/** FURY's position: `x`, `y` are fractions of the view, y down. */
interface FuryPosition extends ExtraModifiers {
  x: number;
  y: number;
  ctrlKey: Flag;
  shiftKey: Flag;
  timestampInMs: number;
}

export interface FuryMouseMoveMessage extends FuryPosition {
  type: "mouseMove";
}

/** FURY's click of any button, in spite of its name. `on`: 1 press, 0 release. `mouseButton`: 0 left, 1 middle, 2 right. */
export interface FuryMouseClickMessage extends FuryPosition {
  type: "mouseLeftClick";
  on: 0 | 1;
  mouseButton: 0 | 1 | 2;
}

/** jupyter_rfb's modifiers; a message lists those that are down. FURY's consumers receive Control and Shift only. */
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

/** jupyter_rfb's wheel: `dx`, `dy` in px, right and down positive. FURY's consumers receive `dy` only. `x`, `y` as in {@link PointerMessage}. */
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

export type ClientMessage =
  | ClientHelloMessage
  | PingMessage
  | FramesMessage
  | AckMessage
  | KeyframeMessage
  | CommandMessage
  | FuryMessage
  | EventMessage;

/** The one message that is not JSON: FURY's request to close the socket. */
export const CLOSE_TEXT = "close";
