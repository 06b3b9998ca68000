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
import type { EventMessage, FuryMessage } from "./input-messages.ts";

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
