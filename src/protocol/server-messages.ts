/** Messages from server to page: JSON objects in WebSocket text messages, one per message, discriminated by `type`. */
import type { CommandType } from "./commands.ts";
import type { VideoCodec } from "./frame-header.ts";
import type { ControlValue, PanelDescription } from "./panel.ts";

/** Version of the protocol, incremented by incompatible changes. A page that receives another number in `hello` reloads. */
export const PROTOCOL_VERSION = 3;

/** Producer of the frames, as the page and error messages name it: scenecast's own renderer, or a program of the user's. */
export type Producer = "renderer" | "program";

/**
 * State of the renderer.
 * - starting: its process was started and has not reported yet
 * - loading: it reads files; `fraction` 0..1, null if unknown; `phase` for people ("reading bunny.obj");
 *   `secondsLeft`: the expected remaining time, s, null while it is unknown
 * - waiting-for-producer: nothing is attached, because the program that makes the frames is not running or has not announced its
 *   segments; `reason` is a sentence
 * - waiting-for-first-frame: attached, and no frame was written yet
 * - running: it renders, or would if something moved; `problem`: a warning in sentences (a changed file could not be read, so the
 *   old scene stays; or nothing is visible, and why); `completeness`: the share of the full view that is drawn, 0..1, while that takes
 *   longer than half a second
 * - not-answering: it was running, and its heartbeat has been missing for some seconds; `reason` is a sentence
 * - unreadable: what it writes is not a frame; `reason` says why
 * - gone: it ended or its segments were removed; `reason` says why; `restarting`: whether it is being restarted
 */
export type RendererStatus =
  | { state: "starting" }
  | { state: "loading"; fraction: number | null; phase: string; secondsLeft: number | null }
  | { state: "waiting-for-producer"; reason: string }
  | { state: "waiting-for-first-frame" }
  | { state: "running"; problem?: string; completeness?: number }
  | { state: "not-answering"; reason: string }
  | { state: "unreadable"; reason: string }
  | { state: "gone"; reason: string; restarting: boolean };

/** Sent when the socket opens, and again whenever a field changes (another renderer was attached). */
export interface HelloMessage {
  type: "hello";
  protocol: number;
  /** Version of scenecast, for example "0.1.0". */
  version: string;
  /** Title of the scene, for the page's title: a file name, or the text that the owner set. */
  title: string;
  producer: Producer;
  /** The largest frame in px that the renderer's buffers hold; null while no renderer is attached. */
  maxSize: { width: number; height: number } | null;
  /** Whether this viewer may steer; if not, each event is answered with an error "may-not-steer". */
  maySteer: boolean;
  /** Transports that the server offers, each a value of the page's query key `encoding`. */
  transports: readonly string[];
  /** Codec of the video transports. Absent: "vp8". */
  videoCodec?: VideoCodec;
  /** STUN and TURN servers for `new RTCPeerConnection`; none by default. */
  iceServers: readonly { urls: string; username?: string; credential?: string }[];
  /** Events beyond FURY's eight that the renderer accepts. Others may be sent and are ignored. */
  takes: { resize: boolean; keys: boolean; doubleClick: boolean };
  /** Commands that this viewer may send. Absent: none. */
  commands?: readonly CommandType[];
  /** Whether this viewer may record pictures and films: `POST /record`. Absent: no. */
  records?: boolean;
}

/**
 * Metadata of a frame whose bytes were sent to this viewer's MJPEG stream or WebRTC video, one message per frame. Frames on the
 * socket itself carry it in their header.
 */
export interface FrameMessage {
  type: "frame";
  /** Number of the frame, counted by the server from 1; a gap means that frames were skipped for this viewer. */
  frame: number;
  /** Size of the frame in px. */
  width: number;
  height: number;
  /** Bytes of the encoded frame. */
  bytes: number;
  /** ms from the end of rendering (for a plain FURY producer: from the moment the server noticed the frame) to sending. */
  ageMs: number;
  /**
   * Time stamp in ms of the newest event that this frame shows, null if unknown. It is of the clock of the page that
   * sent the event: a page finds it among its own (`time_stamp * 1000`, or `timestampInMs`, compared exactly) and computes the
   * input-to-frame latency.
   */
  eventMs: number | null;
  /** RTP time stamp of a WebRTC frame, by which the page matches this message with `requestVideoFrameCallback`. */
  rtpTimestamp?: number;
}

/** Sent when the socket opens (after hello) and at every change. */
interface RendererStatusMessage {
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
  /** A binary message: only text is accepted. */
  | "binary"
  /** Longer than MAX_MESSAGE_BYTES. */
  | "too-long"
  /** This viewer may see and not steer; a `resize` is steering too. */
  | "may-not-steer"
  /**
   * More than MAX_EVENTS_PER_SECOND: the event was dropped. Sent for each dropped press, release, double click and key, and once
   * per second for moves, wheel turns and resizes. The release of a button that the server has as down is never dropped.
   */
  | "too-many"
  /** Another viewer steers: the press, wheel turn or key was dropped. Sent once for each time that another viewer begins to steer. */
  | "another-steers"
  /** No renderer is attached: the event was dropped. */
  | "no-renderer"
  /** The renderer does not read its event queue: the event was dropped. */
  | "input-stalled";

/** The answer to a rejected message. `message` is one sentence for a person. */
export interface ErrorMessage {
  type: "error";
  code: ErrorCode;
  message: string;
}

interface PongMessage {
  type: "pong";
  /** The ping's `time`, unchanged. */
  time: number;
  /** The server's clock, ms since 1970. */
  serverTimeMs: number;
  /** Age of the oldest event in the renderer's event queue, ms; 0 if the queue is empty. */
  inputWaitingMs: number;
}

/** Why a command was not executed. `message` is one sentence for a person. */
interface CommandError {
  /** "failed": the renderer could not execute it, or is not running. */
  code: "may-not-steer" | "another-steers" | "not-supported" | "too-many" | "failed";
  message: string;
}

/** Outcome of the command with this `id`. Without an error it was executed. */
export interface CommandResultMessage {
  type: "command-result";
  id: number;
  error?: CommandError;
  /** The answer of a command that asks for something. */
  result?: Readonly<Record<string, unknown>>;
}

/**
 * The scene document: sent when the socket opens, if the renderer has one, and after changes, at most 20 times a second and only the
 * newest one. Its camera is that of this moment; a movement of the camera alone is not sent.
 */
interface SceneMessage {
  type: "scene";
  /** As `GET /scene` gives it: docs/scene-document.md. */
  document: Readonly<Record<string, unknown>>;
}

/** Descriptions of the panel: sent when the socket opens, if there is anything to set, and when they change. */
interface PanelMessage {
  type: "panel";
  panel: PanelDescription;
}

/** Values of a program's controls that have changed since the last {@link PanelMessage}, by the control's name. */
interface ControlValuesMessage {
  type: "control-values";
  values: Readonly<Record<string, ControlValue>>;
}

/** Who else is there: sent when the socket opens, and at changes, at most four times a second. */
export interface ViewersMessage {
  type: "viewers";
  /** Number of viewers of this server, with this one: pages, players and programs. */
  count: number;
  /** The viewer that steers, or did less than a second ago; null without one. */
  steers: "you" | "another" | null;
}

/** The last message: the server shuts down. `reason` is one sentence for a person. */
interface EndMessage {
  type: "end";
  reason: string;
}

export type ServerMessage =
  | HelloMessage
  | FrameMessage
  | RendererStatusMessage
  | ErrorMessage
  | PongMessage
  | CommandResultMessage
  | SceneMessage
  | PanelMessage
  | ControlValuesMessage
  | ViewersMessage
  | EndMessage;
