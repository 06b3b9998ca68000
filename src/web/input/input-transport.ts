import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";
import { readServerMessage } from "../connection/message-link.ts";

/** The data channels of a WebRTC connection: see DATA_CHANNELS in the protocol. */
export interface InputChannelPair {
  readonly moves: RTCDataChannel;
  readonly events: RTCDataChannel;
}

/**
 * How events go to the server: by data channels while there are open ones, which do not wait for what was lost, else on the
 * socket. While a button is down its way stays as it is: the server knows of it there.
 */
export class InputTransport {
  readonly #sendOnSocket: (message: ClientMessage) => void;
  readonly #onError: (message: Extract<ServerMessage, { type: "error" }>) => void;
  #channels: InputChannelPair | null = null;
  #usesChannels = false;
  #buttonsDown = 0;

  constructor(options: {
    /** Sends on the socket. */
    socket: (message: ClientMessage) => void;
    /** Something that was sent on a channel was not taken. */
    onError: (message: Extract<ServerMessage, { type: "error" }>) => void;
  }) {
    this.#sendOnSocket = options.socket;
    this.#onError = options.onError;
  }

  /** Takes these channels as soon as they are open. */
  open(channels: InputChannelPair): void {
    this.#channels = channels;
    for (const channel of [channels.moves, channels.events]) {
      channel.addEventListener("message", ({ data }) => {
        const message = readServerMessage(data);
        if (message?.type === "error") this.#onError(message);
      });
    }
  }

  /** These channels are no more. */
  close(channels: InputChannelPair): void {
    if (this.#channels === channels) this.#channels = null;
  }

  /** The server is another one, which knows of nothing that is held down. */
  reset(): void {
    this.#buttonsDown = 0;
  }

  send(message: ClientMessage): void {
    const { moves, events } = this.#channels ?? {};
    const isOpen = moves?.readyState === "open" && events?.readyState === "open";
    if (this.#buttonsDown === 0 || !isOpen) this.#usesChannels = isOpen;
    if ("type" in message && message.type === "mouseLeftClick")
      this.#buttonsDown += message.on === 1 ? 1 : -1;
    if (!this.#usesChannels) this.#sendOnSocket(message);
    else if ("type" in message && message.type === "mouseMove") moves?.send(JSON.stringify(message));
    else events?.send(JSON.stringify(message));
  }
}
