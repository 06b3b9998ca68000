import type { ClientMessage, ServerMessage } from "../server/protocol.ts";

/** A connection that carries messages both ways, from the attempt to open it until it has ended. */
export interface MessageLink {
  /** Whether pictures come on it too. */
  readonly carriesFrames: boolean;
  /** Sends a message. Those of before the link is open may be lost. */
  send(message: ClientMessage): void;
  /** Ends it, without a call of `onEnd`. `leaving`: the page goes, and nothing of it is to come back. */
  close(leaving?: boolean): void;
}

export interface MessageLinkEvents {
  /** The first message means that the link is open. */
  onMessage(message: ServerMessage): void;
  /** A binary message came: a frame. */
  onFrame(message: ArrayBuffer): void;
  /** It has ended, or could not be opened. Called once at most. */
  onEnd(): void;
}

/** @returns undefined for what is no message of the protocol, which is left alone */
export function readServerMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "type" in value
      ? (value as ServerMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
