import { getLogger } from "@logtape/logtape";
import type { ServerWebSocket } from "bun";
import { EVENT, type EventCapabilities } from "../../memory/event-ids.ts";
import type { EventRow } from "../../memory/event-row.ts";
import { reporter } from "../../native/guarded.ts";
import type { parseClientMessage } from "../../protocol/client-message-schema.ts";
import {
  CLOSE_TEXT,
  type ClientHelloMessage,
  type ClientMessage,
  type FramesMessage,
} from "../../protocol/client-messages.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import type { EventMessage, FuryMessage, ResizeMessage } from "../../protocol/input-messages.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Producer } from "../../protocol/renderer-status.ts";
import type { ErrorCode, ServerMessage } from "../../protocol/server-messages.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import { errorBucket, eventBucket, MessageBudget } from "../access/limits.ts";
import { FrameRequests, type FrameStreamRequest, type SocketFrameStream } from "../frames/frame-requests.ts";
import { eventRow, type ViewSize } from "../input/event-rows.ts";
import { HeldButtons } from "../input/held-buttons.ts";
import type { InputSource, Steering } from "../input/steering.ts";

const log = getLogger(["scenecast", "server"]);

/** Bytes that may wait for one slow socket before what is for it is dropped. Only small messages go this way. */
const MAX_WAITING_BYTES = 1 << 18;

/** Bidirectional message channel: a WebSocket, which carries pictures too, the data channels of a peer, or plain HTTP. */
export type MessageChannel =
  | ServerWebSocket<unknown>
  | {
      send(text: string): void;
      close(code: number, reason: string): void;
      getBufferedAmount(): number;
    };

/** Timeout of the closing handshake with a flooding peer, ms. After it the connection is terminated. */
const CLOSE_TIMEOUT_MS = 1000;

const reportMessage = reporter("A message of a viewer could not be handled");

/** Rate limit for the log: a flooding client may reconnect again and again. */
const floodLogLimit = new TokenBucket(10, 0.1);

/** What a socket needs of the server. */
export interface ConnectionHost {
  /** zod takes 20 to 60 ms to load, so it comes after the ready line. */
  parser(): Promise<typeof parseClientMessage>;
  /** Which events the renderer takes; null while there is none. */
  eventCapabilities(): EventCapabilities | null;
  /** Producer of the frames, as error messages name it. */
  readonly producer: Producer;
  /** How long the oldest event has been waiting in the renderer's input queue, ms; 0 if none waits. */
  readonly inputWaitingMs: number;
  /** Why it takes none, in words. */
  missingInputReason(): string;
  /** The size of the current picture in px; null before the first. */
  viewSize(): ViewSize | null;
  /** Sends a row on its way; false when the renderer takes none. */
  push(row: EventRow): boolean;
  /** Arbiter between the viewers' input. */
  readonly steering: Steering;
  /** Begins to send pictures on this viewer's socket. */
  openFrames(
    viewer: ViewerConnection,
    socket: ServerWebSocket<unknown>,
    request: FrameStreamRequest,
  ): SocketFrameStream;
  /** Sent at the start: hello and status. */
  greeting(maySteer: boolean): ServerMessage[];
  /** The page behind this socket told its id, or another one than before. */
  setViewerId(socket: ViewerConnection, id: string): void;
}

/** One viewer's message channel. Its messages are checked, and its events passed to the renderer; errors are answered. */
export class ViewerConnection implements InputSource {
  readonly #line: MessageChannel;
  readonly #host: ConnectionHost;
  /** Being loaded from the first message on. */
  #parser: Promise<typeof parseClientMessage> | null = null;
  #parse: typeof parseClientMessage | null = null;
  /** The size that its newest `resize` told. */
  #scale: ViewSize | null = null;
  readonly #pointer = new HeldButtons();
  /** Whether the viewer was warned that there is no renderer: once is enough for a drag of a hundred moves. */
  #warnedNoRenderer = false;
  /** Whether the viewer was warned of the other viewer's current drag. */
  #warnedAnotherSteers = false;
  readonly #budget = new MessageBudget();
  readonly #events = eventBucket();
  readonly #errors = errorBucket();
  /** Time of the last warning that its moves and wheel turns are too many, `performance.now()`. */
  #lastRateWarningAt = Number.NEGATIVE_INFINITY;
  readonly #frames: FrameRequests;
  /** Time stamp of the newest event that came on data channels, which keep no order among them. */
  #newestMs = Number.NEGATIVE_INFINITY;
  #open = true;
  /** Whether it was closed for flooding: messages that still arrive are ignored. */
  #isFlooding = false;

  constructor(
    line: MessageChannel,
    host: ConnectionHost,
    /** The viewer's id, which ties it to its picture stream. */
    public id: string,
    /** Whether its events are taken. */
    readonly maySteer: boolean,
  ) {
    this.#line = line;
    this.#host = host;
    this.#frames = new FrameRequests((request) => this.#openFrames(request));
    host.steering.add(this);
    for (const message of host.greeting(maySteer)) this.send(message);
  }

  /** Whether its viewer holds a button down. */
  get hasButtonDown(): boolean {
    return this.#pointer.hasButtonDown;
  }

  /** See {@link HeldButtons.releaseButtons}. */
  releaseButtons(): void {
    this.#pointer.releaseButtons((row) => this.#host.push(row));
  }

  /** Sends a message. Drops it if the socket is closed, or if it is slow and the message is neither hello nor status. */
  send(message: ServerMessage): void {
    if (!this.#open) return;
    const isNeeded = message.type === "hello" || message.type === "status";
    if (!isNeeded && this.#line.getBufferedAmount() > MAX_WAITING_BYTES) return;
    this.#line.send(JSON.stringify(message));
  }

  close(code: number = CLOSE_CODES.normal, reason = ""): void {
    this.#line.close(code, reason);
  }

  /** Counts a frame from the viewer, of any kind, against the flood limit; returns false if the socket is closed for flooding. */
  countFrame(bytes: number): boolean {
    if (this.#isFlooding) return false;
    if (this.#budget.take(bytes)) return true;
    this.#disconnect();
    return false;
  }

  /** To be called when the socket's send buffer has shrunk. */
  drained(): void {
    this.#frames.drained();
  }

  /** Takes what the viewer sent. Messages are handled in the order in which they came. */
  async receive(data: string | Buffer): Promise<void> {
    if (!this.countFrame(Buffer.byteLength(data))) return;
    try {
      await this.#process(data);
    } catch (error) {
      reportMessage(error);
    }
  }

  async #process(data: string | Buffer): Promise<void> {
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
    this.#frames.close();
    if (this.#parse === null) await this.#parser;
    try {
      this.releaseButtons();
    } finally {
      this.#host.steering.remove(this);
    }
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
        this.#frames.acknowledge(message.frame, message.heldMs);
        break;
      case "keyframe":
        this.#frames.requestKeyframe();
        break;
      default:
        this.#handleInput(message);
    }
  }

  #handleHello({ viewer }: ClientHelloMessage): void {
    if (!("sendBinary" in this.#line)) {
      this.#refuse(
        "bad-message",
        "The viewer of this connection is set already, by the query of its address.",
      );
      return;
    }
    this.#frames.reopen(() => this.#host.setViewerId(this, viewer));
  }

  #handleFrames({ encoding, lossless = false }: FramesMessage): void {
    if (!("sendBinary" in this.#line)) {
      this.#refuse(
        "bad-message",
        "Pictures do not come on this connection; they are sent as MJPEG or as WebRTC video.",
      );
      return;
    }
    if (encoding === "none") this.#frames.close();
    // A new stream of a viewer ends the one before.
    else this.#frames.request({ encoding, lossless });
  }

  #openFrames(request: FrameStreamRequest): SocketFrameStream {
    if ("sendBinary" in this.#line) return this.#host.openFrames(this, this.#line, request);
    throw new Error("Pictures are sent on WebSockets only.");
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
    if (this.#open) this.#host.steering.setWindowSize(this, message);
  }

  #handleEvent(message: FuryMessage | Exclude<EventMessage, ResizeMessage>): void {
    const takes = this.#host.eventCapabilities();
    if (takes === null) {
      if (!this.#warnedNoRenderer) {
        this.#refuse("no-renderer", `Your events are not taken: ${this.#host.missingInputReason()}.`);
      }
      this.#warnedNoRenderer = true;
      this.#pointer.reset();
      return;
    }
    this.#warnedNoRenderer = false;
    const scale = this.#scale ?? this.#host.viewSize() ?? { width: 1, height: 1 };
    const row = eventRow(message, scale, takes);
    if (row === null) return;
    if (!("sendBinary" in this.#line)) {
      const timestampMs = row[6] ?? 0;
      // A move that comes after what was done after it would take the pointer back.
      if (row[0] === EVENT.mouseMove && timestampMs < this.#newestMs) return;
      this.#newestMs = Math.max(this.#newestMs, timestampMs);
    }
    const decision = this.#pointer.decide(row, this, this.#host.steering, takes);
    if (decision === "reject") this.#refuseOutOfTurn();
    if (decision === "accept") this.#push(row);
  }

  #push(row: EventRow): void {
    const [id = 0] = row;
    // The release of a button that is down is never refused: otherwise the renderer would continue the drag.
    if (!this.#events.take() && !this.#pointer.isOwnRelease(row)) {
      this.#refuseTooMany(id);
    } else if (this.#host.push(row)) {
      this.#warnedAnotherSteers = false;
      this.#pointer.track(row);
      this.#host.steering.onEvent(this, id);
    } else {
      this.#refuse(
        "input-stalled",
        `The ${this.#host.producer} takes no events at the moment; this one was not passed on.`,
      );
    }
  }

  /** Refuses an event during another viewer's drag, with one error per drag. */
  #refuseOutOfTurn(): void {
    if (this.#warnedAnotherSteers) return;
    this.#warnedAnotherSteers = true;
    this.#refuse(
      "another-steers",
      "Another viewer is steering at the moment; your input is taken again when its drag has ended.",
    );
  }

  /**
   * Refuses one event of too many. The next move tells where the pointer is then, so moves and what else comes in streams
   * are told of once a second; of presses, releases and keys each.
   */
  #refuseTooMany(event: number | undefined): void {
    if (event === EVENT.mouseMove || event === EVENT.wheel || event === EVENT.resize) {
      const now = performance.now();
      if (now - this.#lastRateWarningAt < 1000) return;
      this.#lastRateWarningAt = now;
    }
    this.#refuse(
      "too-many",
      `One viewer may send ${LIMITS.eventsPerSecond} events a second; those beyond are not passed on. Send moves less often.`,
    );
  }

  #refuse(code: ErrorCode, message: string): void {
    if (this.#errors.take()) this.send({ type: "error", code, message });
  }

  /** Closes the socket for flooding. */
  #disconnect(): void {
    this.#isFlooding = true;
    const why = `Too much was sent: ${LIMITS.messagesPerSecond} messages or 1 MiB a second are allowed.`;
    if (floodLogLimit.take()) log.warning`A viewer was disconnected. ${why}`;
    this.close(CLOSE_CODES.policy, why);
    const line = this.#line;
    if (!("terminate" in line)) return;
    // A peer that ignores the closing handshake would continue to flood.
    const timer = setTimeout(() => {
      if (this.#open) line.terminate();
    }, CLOSE_TIMEOUT_MS);
    timer.unref();
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
