import { CLOSE_TEXT, type ClientMessage } from "../../protocol/client-messages.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";

/** A bidirectional message channel to the server. It begins to connect when it is created. */
export interface MessageLink {
  /** Whether the link also carries frames, as binary messages. */
  readonly carriesFrames: boolean;
  /** Sends a message. It may be lost if the link is not open yet. */
  send(message: ClientMessage): void;
  /** Closes the link without calling `onEnd`. `leaving`: the page is being unloaded, and asks the server to close too. */
  close(leaving?: boolean): void;
}

export interface MessageLinkEvents {
  /** A message arrived. The first one means that the link is open. */
  onMessage(message: ServerMessage): void;
  /** A binary message arrived: a frame. */
  onFrame(message: ArrayBuffer): void;
  /** The link ended or failed to open. Called once at most. */
  onEnd(): void;
}

/** Parses a message of the server. @returns undefined if it is malformed; callers ignore it */
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

/** Messages and frames over a WebSocket. */
export function openSocketLink(url: string, events: MessageLinkEvents): MessageLink {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let hasEnded = false;
  socket.addEventListener("message", ({ data }) => {
    if (hasEnded) return;
    if (data instanceof ArrayBuffer) {
      events.onFrame(data);
      return;
    }
    const message = readServerMessage(data);
    if (message !== undefined) events.onMessage(message);
  });
  socket.addEventListener("close", () => {
    if (hasEnded) return;
    hasEnded = true;
    events.onEnd();
  });
  const send = (text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  return {
    carriesFrames: true,
    send: (message) => send(JSON.stringify(message)),
    close(leaving) {
      hasEnded = true;
      if (leaving) send(CLOSE_TEXT);
      socket.close();
    },
  };
}
