import type { ServerWebSocket } from "bun";
import { EVENT, type TakenEvents } from "../memory/event-ids.ts";
import type { EventRow } from "../memory/event-row.ts";
import { eventRow, type PictureScale } from "./event-rows.ts";
import type { FrameSocket } from "./frame-socket.ts";
import { eventAllowance } from "./limits.ts";
import type { parseMessage } from "./messages.ts";
import {
  CLOSE,
  CLOSE_TEXT,
  type ClientHello,
  type ClientMessage,
  type ErrorCode,
  type EventMessage,
  type FramesMessage,
  type FuryMessage,
  LIMITS,
  type Producer,
  type ResizeMessage,
  type ServerMessage,
} from "./protocol.ts";
import type { VideoSocket } from "./video-socket.ts";

/** Bytes that may wait for one slow socket before what is for it is dropped. Only small messages go this way. */
const MAX_WAITING_BYTES = 1 << 18;

/** What carries messages both ways: a WebSocket, which carries pictures too, or the data channels of a peer. */
export type MessageLine =
  | ServerWebSocket<unknown>
  | {
      send(text: string): void;
      close(): void;
      getBufferedAmount(): number;
    };

/** How a page wants its pictures on its socket. */
export interface FrameWishes {
  encoding: Exclude<FramesMessage["encoding"], "none">;
  /** See {@link FramesMessage}. */
  lossless: boolean;
}

export type SocketFrames = FrameSocket | VideoSocket;

/** What a socket needs of the server. */
export interface SocketHost {
  /** zod takes 20 to 60 ms to load, so it comes after the ready line. */
  parser(): Promise<typeof parseMessage>;
  /** Which events the renderer takes; null while there is none. */
  takes(): TakenEvents | null;
  /** What makes the frames, for messages. */
  readonly producer: Producer;
  /** For how long the oldest event has been waiting for the renderer to take it, ms; 0 where none waits. */
  readonly inputWaitingMs: number;
  /** Why it takes none, in words. */
  whyNoInput(): string;
  /** The size of the current picture in px; null before the first. */
  pictureSize(): PictureScale | null;
  /** Sends a row on its way; false when the renderer takes none. */
  push(row: EventRow): boolean;
  /** Whether another viewer holds a button down. */
  anotherHolds(socket: ViewerSocket): boolean;
  /** Asks the renderer, now or when there is one, for the size of this viewer's window. */
  resize(message: ResizeMessage): void;
  /** Begins to send pictures on this viewer's socket. */
  openFrames(viewer: ViewerSocket, socket: ServerWebSocket<unknown>, wishes: FrameWishes): SocketFrames;
  /** Sent at the start: hello and status. */
  greeting(maySteer: boolean): ServerMessage[];
  /** The page behind this socket told its id, or another one than before. */
  onViewer(socket: ViewerSocket, id: string): void;
}

/** One viewer's WebSocket, or its data channels: what it sends is checked, translated and put on its way; what it cannot is answered. */
export class ViewerSocket {
  readonly #line: MessageLine;
  readonly #host: SocketHost;
  /** Being loaded from the first message on. */
  #parser: Promise<typeof parseMessage> | null = null;
  #parse: typeof parseMessage | null = null;
  /** The size that its newest `resize` told. */
  #scale: PictureScale | null = null;
  /** The release rows of the buttons that it holds down, by their event id. */
  readonly #held = new Map<number, EventRow>();
  /** Whether it was told that there is no renderer: once is enough for a drag of a hundred moves. */
  #toldNoRenderer = false;
  readonly #events = eventAllowance();
  /** When it was told last that its moves and wheel turns are too many, `performance.now()`. */
  #toldTooManyAt = Number.NEGATIVE_INFINITY;
  /** The pictures on it, from when its page asks for them. */
  #frames: SocketFrames | null = null;
  #wishes: FrameWishes | null = null;
  /** Time stamp of the newest event that came on data channels, which keep no order among them. */
  #newestMs = Number.NEGATIVE_INFINITY;
  #open = true;

  constructor(
    line: MessageLine,
    host: SocketHost,
    /** The viewer's id, which ties it to its picture stream. */
    public id: string,
    /** Whether its events are taken. */
    readonly maySteer: boolean,
  ) {
    this.#line = line;
    this.#host = host;
    for (const message of host.greeting(maySteer)) this.send(message);
  }

  /** Whether its viewer holds a button down. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  /** Sends a message, or drops it where the socket is slow or closed. */
  send(message: ServerMessage): void {
    if (!this.#open) return;
    if (message.type === "frame" && this.#line.getBufferedAmount() > MAX_WAITING_BYTES) return;
    this.#line.send(JSON.stringify(message));
  }

  close(code: number = CLOSE.normal, reason = ""): void {
    this.#line.close(code, reason);
  }

  /** Takes what the viewer sent. Messages are handled in the order in which they came. */
  async receive(data: string | Buffer): Promise<void> {
    if (typeof data !== "string") {
      this.#refuse("binary", "Only text messages are taken here; this one was binary.");
      return;
    }
    if (data === CLOSE_TEXT) {
      this.close();
      return;
    }
    if (this.#parse === null) {
      this.#parser ??= this.#host.parser();
      this.#parse = await this.#parser;
    }
    const parsed = this.#parse(data);
    if (!parsed.ok) this.#refuse(parsed.code, parsed.message);
    else this.#handle(parsed.message);
  }

  /**
   * To be called when the socket has closed: lets go of the buttons that its viewer still held. What it sent while the
   * parser was loaded is handled before that: a program may send a click and leave at once.
   */
  async closed(): Promise<void> {
    this.#open = false;
    this.#frames?.close();
    if (this.#parse === null) await this.#parser;
    for (const row of this.#held.values()) this.#host.push(row);
    this.#held.clear();
  }

  #handle(message: ClientMessage): void {
    if ("event_type" in message) {
      this.#handleInput(message);
      return;
    }
    switch (message.type) {
      case "hello":
        if (this.#open) this.#handleHello(message);
        break;
      case "ping":
        this.send({
          type: "pong",
          time: message.time,
          serverTimeMs: Date.now(),
          inputWaitingMs: this.#host.inputWaitingMs,
        });
        break;
      case "frames":
        if (this.#open) this.#handleFrames(message);
        break;
      case "ack":
        this.#frames?.acknowledge(message.frame);
        break;
      case "keyframe":
        this.#frames?.requestKeyframe();
        break;
      default:
        this.#handleInput(message);
    }
  }

  #handleHello({ viewer }: ClientHello): void {
    if (!("sendBinary" in this.#line)) {
      this.#refuse(
        "bad-message",
        "These data channels are their viewer's already; it was named in the query of the offer.",
      );
      return;
    }
    const wishes = this.#frames?.isOpen ? this.#wishes : null;
    if (wishes !== null) this.#frames?.close();
    this.#host.onViewer(this, viewer);
    if (wishes !== null) this.#frames = this.#host.openFrames(this, this.#line, wishes);
  }

  #handleFrames({ encoding, lossless = false }: FramesMessage): void {
    if (!("sendBinary" in this.#line)) {
      this.#refuse(
        "bad-message",
        "Pictures do not come on data channels: the video beside them brings them.",
      );
      return;
    }
    if (encoding === "none") {
      this.#frames?.close();
      return;
    }
    this.#wishes = { encoding, lossless };
    // A new stream of a viewer ends the one before.
    this.#frames = this.#host.openFrames(this, this.#line, this.#wishes);
  }

  /** The one way from a viewer to the renderer: a resize counts as steering too, because it changes everybody's picture. */
  #handleInput(message: FuryMessage | EventMessage): void {
    if (!this.maySteer) {
      this.#refuse(
        "may-not-steer",
        "You may look at this view and not steer it: it was opened with the view-only token.",
      );
    } else if ("event_type" in message && message.event_type === "resize") this.#handleResize(message);
    else this.#handleEvent(message);
  }

  #handleResize(message: ResizeMessage): void {
    if (!this.#events.take()) {
      this.#refuseTooMany(EVENT.resize);
      return;
    }
    this.#scale = { width: message.width, height: message.height };
    if (this.#open) this.#host.resize(message);
  }

  #handleEvent(message: FuryMessage | Exclude<EventMessage, ResizeMessage>): void {
    const takes = this.#host.takes();
    if (takes === null) {
      if (!this.#toldNoRenderer) {
        this.#refuse("no-renderer", `Your events are not taken: ${this.#host.whyNoInput()}.`);
      }
      this.#toldNoRenderer = true;
      return;
    }
    this.#toldNoRenderer = false;
    const scale = this.#scale ?? this.#host.pictureSize() ?? { width: 1, height: 1 };
    const row = eventRow(message, scale, takes);
    if (row === null) return;
    if (!("sendBinary" in this.#line)) {
      const timestampMs = row[6] ?? 0;
      // A move that comes after what was done after it would take the pointer back.
      if (row[0] === EVENT.mouseMove && timestampMs < this.#newestMs) return;
      this.#newestMs = Math.max(this.#newestMs, timestampMs);
    }
    // The renderer knows one pointer: who only hovers must not tear another's drag away.
    if (row[0] === EVENT.mouseMove && !this.holds && this.#host.anotherHolds(this)) return;
    // The release of a button that it holds is never too many: the renderer would go on dragging.
    if (!this.#events.take() && !this.#held.has(row[0] ?? 0)) this.#refuseTooMany(row[0]);
    else if (this.#host.push(row)) this.#remember(row);
    else
      this.#refuse(
        "input-stalled",
        `The ${this.#host.producer} takes no events at the moment; this one was not passed on.`,
      );
  }

  /** Keeps what it takes to release the buttons for a viewer that vanishes while it drags. */
  #remember(row: EventRow): void {
    const id = row[0];
    if (id === EVENT.leftPress || id === EVENT.middlePress || id === EVENT.rightPress) {
      const release = Float64Array.from(row);
      release[0] = id + 1;
      this.#held.set(id + 1, release);
    } else if (id === EVENT.leftRelease || id === EVENT.middleRelease || id === EVENT.rightRelease) {
      this.#held.delete(id);
    } else if (id === EVENT.mouseMove) {
      for (const release of this.#held.values()) release.set(row.subarray(2), 2);
    }
  }

  /**
   * Refuses one event of too many. The next move tells where the pointer is then, so moves and what else comes in streams
   * are told of once a second; of presses, releases and keys each.
   */
  #refuseTooMany(event: number | undefined): void {
    if (event === EVENT.mouseMove || event === EVENT.wheel || event === EVENT.resize) {
      const now = performance.now();
      if (now - this.#toldTooManyAt < 1000) return;
      this.#toldTooManyAt = now;
    }
    this.#refuse(
      "too-many",
      `One viewer may send ${LIMITS.eventsPerSecond} events a second; those beyond are not passed on. Send moves less often.`,
    );
  }

  #refuse(code: ErrorCode, message: string): void {
    this.send({ type: "error", code, message });
  }
}

/** Bun's options for `/ws`. Messages over LIMITS.messageBytes get an error; over 64 KiB the connection is closed. */
export const SOCKET_LIMITS = {
  maxPayloadLength: Math.max(1 << 16, LIMITS.messageBytes),
  backpressureLimit: 1 << 20,
  perMessageDeflate: false,
  /** Seconds. Bun pings in between, so a peer that vanished without a word is noticed. */
  idleTimeout: 60,
  sendPings: true,
} as const;
