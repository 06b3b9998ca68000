import type { ServerWebSocket } from "bun";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { MAX_MESSAGE_BYTES } from "../../protocol/limits.ts";

/** Carries one viewer's text messages: a WebSocket, the data channels of a peer, or an event stream. */
export interface MessageChannel {
  /** The WebSocket, which carries frames too; null for channels that carry text messages only, perhaps out of order. */
  readonly webSocket: ServerWebSocket<unknown> | null;
  send(text: string): void;
  /** `code`: one of CLOSE_CODES. */
  close(code: number, reason: string): void;
  getBufferedAmount(): number;
}

/** Timeout of the closing handshake with a flooding client, ms. After it the connection is terminated. */
const CLOSE_TIMEOUT_MS = 1000;

export function webSocketChannel(webSocket: ServerWebSocket<unknown>): MessageChannel {
  return {
    webSocket,
    send: (text) => void webSocket.send(text),
    getBufferedAmount: () => webSocket.getBufferedAmount(),
    close(code, reason) {
      webSocket.close(code, reason);
      // A client that ignores the closing handshake would continue to flood.
      if (code === CLOSE_CODES.policy) setTimeout(() => webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

/** Bun's options for `/ws`. Messages over MAX_MESSAGE_BYTES get an error; over 64 KiB the connection is closed. */
export const WEB_SOCKET_OPTIONS = {
  maxPayloadLength: Math.max(1 << 16, MAX_MESSAGE_BYTES),
  backpressureLimit: 1 << 20,
  perMessageDeflate: false,
  /** Seconds. Bun sends pings in between, so that a lost client is detected. */
  idleTimeout: 60,
  sendPings: true,
} as const;
