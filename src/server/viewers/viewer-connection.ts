import { getLogger } from "@logtape/logtape";
import { reporter } from "../../native/guarded.ts";
import type { parseClientMessage } from "../../protocol/client-message-schema.ts";
import {
  CLOSE_TEXT,
  type ClientHelloMessage,
  type ClientMessage,
  type CommandMessage,
  type FramesMessage,
} from "../../protocol/client-messages.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import type { RendererCommand } from "../../protocol/commands.ts";
import { MAX_MESSAGES_PER_SECOND } from "../../protocol/limits.ts";
import type { Role } from "../../protocol/role.ts";
import type { CommandResultMessage, ErrorCode, ServerMessage } from "../../protocol/server-messages.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import { MessageBudget } from "../access/limits.ts";
import { FrameRequests } from "../frames/frame-requests.ts";
import type { Hub } from "../hub.ts";
import { ViewerInput } from "../input/viewer-input.ts";
import type { CommandOutcome } from "../renderer/command-channel.ts";
import { movesCamera } from "../renderer/scene-control.ts";
import type { MessageChannel } from "./message-channel.ts";
import { NewestPick } from "./newest-pick.ts";

const log = getLogger(["scenecast", "server"]);

/** Largest backlog of a slow client, bytes. Beyond it, only {@link ESSENTIAL} messages are sent. */
const MAX_BUFFERED_BYTES = 1 << 18;

/** Short messages that are sent only at a change, which the page would not learn otherwise. */
const ESSENTIAL: ReadonlySet<ServerMessage["type"]> = new Set(["hello", "status", "viewers", "end"]);

/** Maximum number of results of commands that wait for a slow client. */
const MAX_RESULTS = 64;

const reportMessage = reporter("A viewer's message could not be handled");

/** Loaded with the first message: zod takes 20 to 60 ms, which would delay the ready line. */
let parser: Promise<typeof parseClientMessage> | undefined;

/** Rate limit for the log: a flooding client can reconnect repeatedly. */
const floodLogLimit = new TokenBucket(10, 0.1);

/** The outcome of a command that moves the camera while another viewer steers. */
const ANOTHER_STEERS: CommandOutcome = {
  error: {
    code: "another-steers",
    message: "Another viewer is steering; try again a second after it has stopped.",
  },
};

/** The messages of one viewer: each is counted, parsed and handled by its type; a rejected one is answered with an error. */
export class ViewerConnection {
  /** The viewer's id, which associates it with its frame stream. */
  id: string;
  readonly role: Role;
  /** Whether messages arrive in the order in which they were sent. */
  readonly isOrdered: boolean;
  isOpen = true;
  readonly #channel: MessageChannel;
  readonly #hub: Hub;
  readonly #input: ViewerInput;
  /** Null if the channel carries no frames. */
  readonly #frames: FrameRequests | null;
  /** Of the newest scene document and panel, those that were not sent, because the client was slow. */
  readonly #missed = new Set<"scene" | "panel">();
  readonly #results: CommandResultMessage[] = [];
  readonly #budget = new MessageBudget();
  /** Rate limit of error messages. */
  readonly #errors = new TokenBucket(200, 100);
  readonly #picks = new NewestPick((message) => this.#execute(message));
  #parse: typeof parseClientMessage | null = null;
  /** Whether it was closed for flooding: messages that still arrive are ignored. */
  #isFlooding = false;

  constructor(channel: MessageChannel, hub: Hub, id: string, role: Role) {
    this.#channel = channel;
    this.#hub = hub;
    this.id = id;
    this.role = role;
    const { webSocket } = channel;
    this.#frames = webSocket && new FrameRequests((request) => hub.openFrames(this, webSocket, request));
    this.isOrdered = channel.webSocket !== null;
    this.#input = new ViewerInput(hub, this);
    for (const message of hub.greeting(role)) this.send(message);
  }

  /**
   * Sends a message. It is dropped if the client is slow and it is not {@link ESSENTIAL}; scene document, panel and results of commands are
   * sent when the client has caught up.
   */
  send(message: ServerMessage): void {
    if (!this.isOpen) return;
    const isEssential = ESSENTIAL.has(message.type);
    if (!isEssential && this.#channel.getBufferedAmount() > MAX_BUFFERED_BYTES) {
      if (message.type === "scene" || message.type === "panel") this.#missed.add(message.type);
      // The page waits for each.
      if (message.type === "command-result" && this.#results.length < MAX_RESULTS)
        this.#results.push(message);
      return;
    }
    if (message.type === "scene" || message.type === "panel") this.#missed.delete(message.type);
    this.#channel.send(JSON.stringify(message));
  }

  close(code: number = CLOSE_CODES.normal, reason = ""): void {
    this.#channel.close(code, reason);
  }

  /** Counts a WebSocket frame of any kind against the flood limit. Returns false if the connection is closed for flooding. */
  countFrame(bytes: number): boolean {
    if (this.#isFlooding) return false;
    if (this.#budget.take(bytes)) return true;
    this.#disconnect();
    return false;
  }

  /** To be called when the WebSocket's send buffer has shrunk. */
  drained(): void {
    this.#frames?.stream?.drained();
    for (const result of this.#results.splice(0)) this.send(result);
    const { scene, panel } = this.#hub;
    if (this.#missed.has("scene") && scene !== undefined)
      this.send({ type: "scene", document: scene.document });
    if (this.#missed.has("panel")) for (const message of panel.greeting) this.send(message);
  }

  /** Handles a message of the viewer. Messages are handled in the order of these calls. */
  async receive(data: string | Buffer): Promise<void> {
    if (!this.countFrame(Buffer.byteLength(data))) return;
    try {
      await this.#process(data);
    } catch (error) {
      reportMessage(error);
    }
  }

  /**
   * To be called when the channel has closed: releases the buttons that the viewer has down. Messages that arrived while the
   * parser was being loaded are handled first: a program can send a click and disconnect immediately.
   */
  async closed(): Promise<void> {
    this.isOpen = false;
    this.#frames?.close();
    if (this.#parse === null) await parser;
    this.#input.close();
  }

  async #process(data: string | Buffer): Promise<void> {
    if (typeof data !== "string") {
      this.refuse("binary", "Only text messages are accepted; this one is binary.");
      return;
    }
    if (data === CLOSE_TEXT) {
      this.close();
      return;
    }
    if (this.#parse === null) {
      parser ??= import("../../protocol/client-message-schema.ts").then(
        (module) => module.parseClientMessage,
      );
      this.#parse = await parser;
    }
    const parsed = this.#parse(data);
    if (!parsed.ok) this.refuse(parsed.code, parsed.message);
    else this.#handle(parsed.message);
  }

  #handle(message: ClientMessage): void {
    if ("event_type" in message) {
      this.#input.handle(message);
      return;
    }
    switch (message.type) {
      case "hello":
        if (this.isOpen) this.#handleHello(message);
        break;
      case "ping":
        this.send({
          type: "pong",
          time: message.time,
          serverTimeMs: Date.now(),
          inputWaitingMs: this.#hub.renderer.input.waitingMs,
        });
        break;
      case "frames":
        if (this.isOpen) this.#handleFrames(message);
        break;
      case "ack":
        this.#frames?.stream?.acknowledge(message.frame, message.heldMs);
        break;
      case "keyframe":
        this.#frames?.stream?.requestKeyframe();
        break;
      case "command":
        if (message.command.type !== "pick") this.#execute(message).catch(reportMessage);
        else this.#askPick(message);
        break;
      default:
        this.#input.handle(message);
    }
  }

  #handleHello({ viewer }: ClientHelloMessage): void {
    if (this.#frames === null) {
      this.refuse("bad-message", "The viewer id of this connection is set by the query of its URL.");
      return;
    }
    this.#frames.reopen(() => this.#hub.setViewerId(this, viewer));
  }

  #handleFrames({ encoding, lossless = false }: FramesMessage): void {
    if (this.#frames === null) {
      this.refuse(
        "bad-message",
        "Frames are not sent on this connection. Use the MJPEG stream or WebRTC video.",
      );
      return;
    }
    if (encoding === "none") this.#frames.close();
    else this.#frames.request({ encoding, lossless });
  }

  #askPick(message: CommandMessage): void {
    const replaced = this.#picks.ask(message);
    if (replaced === undefined) return;
    const error = { code: "too-many", message: "A newer question has replaced this one." } as const;
    this.send({ type: "command-result", id: replaced.id, error });
  }

  async #execute({ id, command }: CommandMessage): Promise<void> {
    const outcome =
      this.role === "control" && changesView(command) && this.#hub.steering.isSteering(this.id)
        ? ANOTHER_STEERS
        : await this.#hub.commands.execute(command, this.role);
    this.send({ type: "command-result", id, ...outcome });
  }

  refuse(code: ErrorCode, message: string): void {
    if (this.#errors.take()) this.send({ type: "error", code, message });
  }

  /** Closes the connection for flooding. */
  #disconnect(): void {
    this.#isFlooding = true;
    const reason = `Too many messages: the limit is ${MAX_MESSAGES_PER_SECOND} messages or 1 MiB per second.`;
    if (floodLogLimit.take()) log.warning`A viewer was disconnected. ${reason}`;
    this.close(CLOSE_CODES.policy, reason);
  }
}

/** Whether this command moves what all viewers see, as a drag does. Changes of layers are merged instead. */
function changesView(command: RendererCommand): boolean {
  switch (command.type) {
    case "camera":
    case "focus":
    case "resize":
    case "slices":
      return true;
    case "scene":
      return movesCamera(command.patch);
    default:
      return false;
  }
}
