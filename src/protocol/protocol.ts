import type { VideoCodec } from "./frame-header.ts";

/**
 * What the page and the server say to each other. The page bundles this file: types and constants only.
 *
 * One viewer is one page load. It makes itself an id (see {@link VIEWER_ID_PATTERN}), opens `ws?viewer=ID`, and has the
 * picture on that socket (it asks by {@link FramesMessage}), or by `<img src="video/mjpeg?viewer=ID">`. Both may be opened
 * at once and in any order: the id ties them together. A second picture stream with the same id ends the first.
 *
 * Messages are JSON objects in WebSocket text messages, one per message. Server to page: {@link ServerMessage}, told
 * apart by `type`. Page to server: {@link ClientMessage}, told apart by `type` (FURY's messages, hello, ping) or by
 * `event_type` (the vocabulary of jupyter_rfb and rendercanvas). A message that the server cannot take is answered
 * with an {@link ErrorMessage} (200 at once, then 100 a second), and nothing else happens: the socket stays open, unless it
 * exceeds LIMITS.messagesPerSecond.
 *
 * Behind a proxy that blocks WebSockets, the same messages are sent over plain HTTP: `GET events?viewer=ID` responds with the
 * server's as Server-Sent Events, and `POST events?viewer=ID&sequence=N` carries a batch of the page's, one per line. Batches are
 * numbered from 1 for each GET; a repeated batch is not handled twice. Pictures are not sent there, but by MJPEG and WebRTC.
 */

/** Counts incompatible changes of this file; a page that reads another number in `hello` reloads itself. */
export const PROTOCOL_VERSION = 3;

/** Paths relative to the page, so that any prefix of a proxy works: resolve against `document.baseURI`. */
export const PATHS = {
  mjpeg: "video/mjpeg",
  socket: "ws",
  events: "events",
  snapshotJpeg: "snapshot.jpg",
  snapshotPng: "snapshot.png",
  state: "state",
  metrics: "metrics",
  offer: "offer",
  whep: "whep",
} as const;

/** Query keys of `video/mjpeg`, `ws`, `events`, `offer` and `whep`. */
export const QUERY = {
  viewer: "viewer",
  advanceHeaders: "advance_headers",
  size: "size",
  sequence: "sequence",
} as const;

/** How the page's data channels are called: the one for moves, unordered and not sent again, and the one for the rest. */
export const CHANNELS = { moves: "moves", events: "events" } as const;

/** A viewer id: 8 to 64 letters, digits, `-` or `_`. Make it from `crypto.getRandomValues`, which works without TLS. */
export const VIEWER_ID_PATTERN: RegExp = /^[A-Za-z0-9_-]{8,64}$/;

export const LIMITS = {
  /** Bytes of one message to the server (UTF-8). Longer ones get an error; over 64 KiB the socket closes with 1009. */
  messageBytes: 4096,
  /** Largest number of messages in one POST to `events`. */
  batchMessages: 512,
  /** |x| and |y| of FURY's messages, in pictures: a drag may leave the picture. */
  positionFraction: 100,
  /** |x| and |y| of pointer events, in logical (CSS) px. */
  positionPixels: 1_000_000,
  /** |deltaY|, |dx| and |dy| of one wheel message, in px as in WheelEvent with DOM_DELTA_PIXEL. */
  wheelDelta: 100_000,
  /** Width and height of a `resize`, in logical px: 1 to this. The server clamps the picture to `hello.maxSize`. */
  resizePixels: 16_384,
  /** `pixel_ratio` of a `resize`: more than 0, up to this. */
  pixelRatio: 16,
  /** Characters of `key`: names of KeyboardEvent.key are shorter. */
  keyCharacters: 32,
  /** Time stamps in ms: 0 to this. */
  timeMs: 1e15,
  /** Events that one viewer may send, on average; as many once at a time. A mouse of 1000 Hz fits in unmerged. */
  eventsPerSecond: 2000,
  /**
   * Flood limit: WebSocket frames per second of one socket, of any kind, pings and refused messages included. Over it, the socket
   * is closed with 1008.
   */
  messagesPerSecond: 4000,
} as const;

/** How the server closes a socket. */
export const CLOSE = {
  /** After the text `close`. */
  normal: 1000,
  /** The server stops: try to connect again, slowly. */
  goingAway: 1001,
  /** The socket exceeded LIMITS.messagesPerSecond, or 1 MiB a second. The reason says so. */
  policy: 1008,
  /** Message over 64 KiB. */
  tooBig: 1009,
} as const;

// ---------------------------------------------------------------------------------------------- page to server

/** Ties this socket to the viewer's picture stream; sent first where the id is not in the socket's query. */
export interface ClientHello {
  type: "hello";
  viewer: string;
}

/** `time` comes back unchanged in {@link PongMessage}: any finite number, for example `performance.now()`. */
export interface PingMessage {
  type: "ping";
  time: number;
}

/**
 * Asks for pictures on this socket, or for no more of them. They come as binary messages, see frame-header.ts. Asked
 * again with other wishes it goes on with those.
 */
export interface FramesMessage {
  type: "frames";
  /**
   * "jpeg": files, each a picture of its own. "video": frames of a video stream (`hello.videoCodec`), of which each but a keyframe is a difference to
   * the one before it.
   */
  encoding: "jpeg" | "video" | "none";
  /** With "jpeg": whether a view at rest may come once more as PNG, without any loss. Default false. */
  lossless?: boolean;
}

/**
 * The picture with this number in its header was decoded, or dropped because a newer one had come: one for each picture,
 * in their order. Further ones come only for these.
 */
export interface AckMessage {
  type: "ack";
  frame: number;
  /**
   * Time from the picture's arrival at the page to this message, ms: decoding and painting. It is subtracted from the round trip,
   * so that quality adapts to the connection and not to a slow page. Default 0.
   */
  heldMs?: number;
}

/**
 * The page's video decoder has failed, or was made anew: a keyframe is to come. Frames until then may be left undecoded, and
 * are acknowledged all the same.
 */
export interface KeyframeMessage {
  type: "keyframe";
}

/** FURY's wheel message, misspelt as on FURY's wire. `deltaY` in px, down positive. */
export interface FuryWheelMessage {
  type: "weel";
  deltaY: number;
  timestampInMs: number;
}

/** FURY's mouse move. `x`, `y` are fractions of the picture, y down; `ctrlKey`, `shiftKey` are 0, 1 or booleans. */
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

/** The modifiers of jupyter_rfb, those of them that are down. Only Control and Shift reach FURY's consumers. */
export type Modifier = "Shift" | "Control" | "Alt" | "Meta";

/** Buttons of jupyter_rfb. 0 is for "none" and comes only with moves. */
export const BUTTON = { none: 0, left: 1, right: 2, middle: 3 } as const;
export type Button = (typeof BUTTON)[keyof typeof BUTTON];

/**
 * jupyter_rfb's pointer events. `x`, `y` are logical px from the top left of the picture, where the whole picture
 * counts as the size of this viewer's newest `resize` (before any: as the frame's own size in px). A page that shows
 * the picture at another size, say with bars beside it, maps first: `x = fractionOfPicture * resize.width`.
 */
export interface PointerMessage {
  event_type: "pointer_down" | "pointer_move" | "pointer_up" | "double_click";
  x: number;
  y: number;
  /** The button that this event is about; 1..3 for down, up and double click. Default 0. */
  button?: Button;
  /** Buttons that are down now. Default none. */
  buttons?: Button[];
  modifiers?: Modifier[];
  /** SECONDS, as jupyter_rfb has it. */
  time_stamp: number;
}

/** jupyter_rfb's wheel: `dy` in px, down positive. FURY's rows carry `dy` only. `x`, `y` as in {@link PointerMessage}. */
export interface WheelMessage {
  event_type: "wheel";
  dx?: number;
  dy: number;
  x?: number;
  y?: number;
  modifiers?: Modifier[];
  time_stamp: number;
}

/** `key` as KeyboardEvent.key has it: "r", "R", "ArrowLeft". Ignored where `hello.takes.keys` is false. */
export interface KeyMessage {
  event_type: "key_down" | "key_up";
  key: string;
  modifiers?: Modifier[];
  time_stamp: number;
}

/**
 * The size at which this viewer shows the picture: logical (CSS) px and device pixels per logical px. The picture is
 * then rendered at `round(width * pixel_ratio)` x `round(height * pixel_ratio)`, made smaller with the same aspect
 * ratio where `hello.maxSize` is smaller. With several viewers, the window of the one that steered last
 * counts, or before any has steered, the window whose size arrived first. Where `hello.takes.resize` is
 * false the picture keeps its size, and the message only sets the scale of this viewer's pointer events.
 */
export interface ResizeMessage {
  event_type: "resize";
  width: number;
  height: number;
  pixel_ratio: number;
  /** SECONDS. */
  time_stamp?: number;
}

export type EventMessage = PointerMessage | WheelMessage | KeyMessage | ResizeMessage;
export type FuryMessage = FuryWheelMessage | FuryMouseMoveMessage | FuryMouseClickMessage;
export type ClientMessage =
  | ClientHello
  | PingMessage
  | FramesMessage
  | AckMessage
  | KeyframeMessage
  | FuryMessage
  | EventMessage;

/** The one message that is not JSON: FURY's request to close the socket. */
export const CLOSE_TEXT = "close";

// ---------------------------------------------------------------------------------------------- server to page

/** Producer of the frames, as the page and error messages name it: scenecast's own renderer, or a program of the user's. */
export type Producer = "renderer" | "program";

/** Sent when the socket opens, and again whenever something in it changes (another renderer was attached). */
export interface HelloMessage {
  type: "hello";
  protocol: number;
  /** Version of scenecast, for example "0.1.0". */
  version: string;
  /** What is shown, for the page's title: a file name or the owner's words. */
  title: string;
  /** See {@link Producer}. */
  producer: Producer;
  /** The largest picture in px that the renderer's buffers hold; null while no renderer is attached. */
  maxSize: { width: number; height: number } | null;
  /** Whether this viewer's events are taken; if not, each gets an error with the code "may-not-steer". */
  maySteer: boolean;
  /** How the picture can be had, each a value of the page's query key `encoding`; empty where it can not. */
  transports: readonly string[];
  /** Codec of the video transports. Absent: "vp8". */
  videoCodec?: VideoCodec;
  /** What the page may ask for its own addresses as the internet sees them, for `new RTCPeerConnection`; none by default. */
  iceServers: readonly { urls: string; username?: string; credential?: string }[];
  /** Which events beyond FURY's eight the renderer takes. Sending the others is no error: they are ignored. */
  takes: { resize: boolean; keys: boolean; doubleClick: boolean };
}

/**
 * A frame whose bytes were handed to this viewer's MJPEG stream, or to its WebRTC video. One per frame, none for frames that
 * were skipped. Pictures on the socket itself say it in their header.
 */
export interface FrameMessage {
  type: "frame";
  /** Number of the frame, counted by the server from 1; a gap means that frames were skipped for this viewer. */
  frame: number;
  /** Size of the picture in px. */
  width: number;
  height: number;
  /** Bytes of the encoded picture. */
  bytes: number;
  /** ms from the end of rendering (or, for a plain FURY producer, from the server's seeing it) to the hand-over. */
  ageMs: number;
  /**
   * Time stamp in ms of the newest event that this frame shows, null where not known. Events carry the clock of the
   * page that sent them, so a page looks it up among those it sent itself (`time_stamp * 1000`, or `timestampInMs`,
   * compared exactly) and takes the difference to its own clock as input-to-picture latency.
   */
  eventMs: number | null;
  /** Of a WebRTC video, whose browser tells it of the frame that it shows (`requestVideoFrameCallback`). */
  rtpTimestamp?: number;
}

/**
 * What the renderer is doing.
 * - starting: its process was started and has not answered yet
 * - loading: it reads files; `fraction` 0..1, null where not known; `phase` in words ("reading bunny.obj")
 * - waiting-for-producer: nothing is attached, because the program that makes the frames has not told where they are or
 *   is not there; `reason` in a sentence
 * - waiting-for-first-frame: attached, and no frame was written yet
 * - running: frames are made, or would be if something moved; `problem`: a warning in sentences (a changed file could not be
 *   read, and the old scene stays; nothing is visible in the picture, and why)
 * - not-answering: it was running, and its heartbeat has been missing for some seconds; `reason` in a sentence
 * - unreadable: what it writes is no frame; `reason` in words
 * - gone: it died or went away; `reason` in words; `restarting`: whether it is being started again
 */
export type RendererStatus =
  | { state: "starting" }
  | { state: "loading"; fraction: number | null; phase: string }
  | { state: "waiting-for-producer"; reason: string }
  | { state: "waiting-for-first-frame" }
  | { state: "running"; problem?: string }
  | { state: "not-answering"; reason: string }
  | { state: "unreadable"; reason: string }
  | { state: "gone"; reason: string; restarting: boolean };

/** Sent when the socket opens (after hello) and at every change. */
export interface StatusMessage {
  type: "status";
  renderer: RendererStatus;
}

export type ErrorCode =
  /** Not JSON, or not an object. */
  | "bad-json"
  /** Neither a known `type` nor a known `event_type`. */
  | "unknown-type"
  /** A field is missing, of the wrong type or out of range: `message` names it. */
  | "bad-message"
  /** A binary message; only text is taken. */
  | "binary"
  /** Longer than LIMITS.messageBytes. */
  | "too-long"
  /** This viewer may look and not steer; a `resize` is steering too. */
  | "may-not-steer"
  /**
   * More than LIMITS.eventsPerSecond: the event was not taken. Told for each press, release, double click and key, and once
   * a second for moves, wheel turns and resizes. The release of a button that the server has as down is always taken.
   */
  | "too-many"
  /** Another viewer is dragging: the press, wheel turn or key was not taken. Sent once per drag of the other viewer. */
  | "another-steers"
  /** No renderer is attached: the event was not taken. */
  | "no-renderer"
  /** The renderer takes no events from its queue: the event was not taken. */
  | "input-stalled";

/** The answer to a message that was not taken. `message` is one sentence for a person. */
export interface ErrorMessage {
  type: "error";
  code: ErrorCode;
  message: string;
}

export interface PongMessage {
  type: "pong";
  /** The ping's `time`, unchanged. */
  time: number;
  /** The server's clock, ms since 1970. */
  serverTimeMs: number;
  /** How long the oldest event has been waiting in the renderer's input queue, ms; 0 if none waits. */
  inputWaitingMs: number;
}

export type ServerMessage = HelloMessage | FrameMessage | StatusMessage | ErrorMessage | PongMessage;
