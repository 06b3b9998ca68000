import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { ErrorMessage } from "../../protocol/server-messages.ts";
import { readServerMessage } from "../connection/message-link.ts";

/** The data channels of a WebRTC connection, see DATA_CHANNELS in the protocol. */
export interface InputChannelPair {
  readonly moves: RTCDataChannel;
  readonly events: RTCDataChannel;
}

/**
 * Sends events over WebRTC data channels while they are open, because moves then do not wait for lost packets, else over the
 * socket. The transport does not change while a button is down: the server tracks buttons per transport.
 */
export class InputTransport {
  readonly #sendOnSocket: (message: ClientMessage) => void;
  readonly #onError: (message: ErrorMessage) => void;
  #channels: InputChannelPair | null = null;
  #usesChannels = false;
  #buttonsDown = 0;

  /** @param onError called when the server rejects an event that was sent on a channel */
  constructor(sendOnSocket: (message: ClientMessage) => void, onError: (message: ErrorMessage) => void) {
    this.#sendOnSocket = sendOnSocket;
    this.#onError = onError;
  }

  /** Uses these channels as soon as they are open. */
  open(channels: InputChannelPair): void {
    this.#channels = channels;
    for (const channel of [channels.moves, channels.events]) {
      channel.addEventListener("message", ({ data }) => {
        const message = readServerMessage(data);
        if (message?.type === "error") this.#onError(message);
      });
    }
  }

  close(channels: InputChannelPair): void {
    if (this.#channels === channels) this.#channels = null;
  }

  /** Forgets the buttons that are down: a new server does not know them. */
  reset(): void {
    this.#buttonsDown = 0;
  }

  send(message: ClientMessage): void {
    const { moves, events } = this.#channels ?? {};
    const isOpen = moves?.readyState === "open" && events?.readyState === "open";
    if (this.#buttonsDown === 0 || !isOpen) this.#usesChannels = isOpen;
    const fury = "type" in message ? message : null;
    if (fury?.type === "mouseLeftClick") this.#buttonsDown += fury.on === 1 ? 1 : -1;
    if (!this.#usesChannels) this.#sendOnSocket(message);
    else if (fury?.type === "mouseMove") moves?.send(JSON.stringify(message));
    else events?.send(JSON.stringify(message));
  }
}
