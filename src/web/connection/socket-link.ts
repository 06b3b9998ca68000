import { CLOSE_TEXT, type ClientMessage } from "../../protocol/client-messages.ts";
import { type MessageLink, type MessageLinkEvents, readServerMessage } from "./message-link.ts";

/** Messages and frames over a WebSocket. */
export class SocketLink implements MessageLink {
  readonly carriesFrames = true;
  readonly #socket: WebSocket;
  #open = true;

  constructor(url: string, events: MessageLinkEvents) {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (!this.#open) return;
      if (data instanceof ArrayBuffer) {
        events.onFrame(data);
        return;
      }
      const message = readServerMessage(data);
      if (message !== undefined) events.onMessage(message);
    });
    socket.addEventListener("close", () => {
      if (!this.#open) return;
      this.#open = false;
      events.onEnd();
    });
    this.#socket = socket;
  }

  send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(leaving = false): void {
    this.#open = false;
    if (leaving && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(CLOSE_TEXT);
    this.#socket.close();
  }
}
