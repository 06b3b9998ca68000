import { NO_EXTRA_EVENTS } from "../../memory/event-row.ts";
import type { VideoCodec } from "../../protocol/frame-header.ts";
import type { Producer } from "../../protocol/renderer-status.ts";
import type { Role } from "../../protocol/role.ts";
import { type HelloMessage, PROTOCOL_VERSION, type ServerMessage } from "../../protocol/server-messages.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";
import { VERSION } from "../metrics/state.ts";
import type { CommandChannel } from "../renderer/command-channel.ts";
import type { RendererConnection } from "../renderer/renderer-connection.ts";
import type { ViewerConnection } from "./viewer-connection.ts";

/** Fields of {@link HelloMessage} that do not change while the server runs. */
export interface ServerDescription {
  title: string;
  producer: Producer;
  transports: readonly string[];
  videoCodec: VideoCodec;
  iceServers: readonly IceServer[];
}

/** The first messages to a viewer: hello, which is sent again when it has changed, and the renderer's status. */
export class Greeting {
  readonly #server: ServerDescription;
  readonly #renderer: RendererConnection;
  readonly #commands: CommandChannel;
  #lastHello = "";

  constructor(server: ServerDescription, renderer: RendererConnection, commands: CommandChannel) {
    this.#server = server;
    this.#renderer = renderer;
    this.#commands = commands;
  }

  messages(role: Role): ServerMessage[] {
    return [this.#hello(role), { type: "status", renderer: this.#renderer.status }];
  }

  /** Sends hello to all viewers if it has changed since the last call. */
  update(connections: Iterable<ViewerConnection>): void {
    const text = JSON.stringify(this.#hello("control"));
    if (text === this.#lastHello) return;
    this.#lastHello = text;
    for (const connection of connections) connection.send(this.#hello(connection.role));
  }

  #hello(role: Role): HelloMessage {
    return {
      type: "hello",
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      ...this.#server,
      maxSize: this.#renderer.maxSize,
      maySteer: role === "control",
      takes: this.#renderer.eventCapabilities ?? NO_EXTRA_EVENTS,
      commands: this.#commands.allowed(role),
    };
  }
}
