import { inBackground } from "../../native/guarded.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { DATA_CHANNELS } from "../../protocol/paths.ts";
import type { Channel } from "../../webrtc/peer.ts";
import { type ConnectionHost, ViewerConnection } from "../viewers/viewer-connection.ts";

/** A page has two. */
const MOST_CHANNELS = 4;
/** So much may wait for a peer that does not take its answers, bytes; what comes beyond it is dropped. */
const MOST_WAITING_BYTES = 1 << 18;

export interface InputChannelsOptions {
  host: ConnectionHost;
  viewer: string;
  maySteer: boolean;
  /** With the first channel, and when the peer has gone. */
  onOpen: (socket: ViewerConnection) => void;
  onClosed: (socket: ViewerConnection) => void;
  /** The peer exceeds the message rate limit and must be disconnected. */
  onFlood: () => void;
}

/**
 * The data channels of one peer, together what a WebSocket is: the same messages, checks and rights. Messages are taken from
 * any channel; answers go on the ordered one where it is there.
 */
export class InputChannels {
  readonly #options: InputChannelsOptions;
  readonly #open = new Set<Channel>();
  #socket: ViewerConnection | null = null;

  constructor(options: InputChannelsOptions) {
    this.#options = options;
  }

  add(channel: Channel): void {
    if (this.#open.size >= MOST_CHANNELS) {
      channel.close();
      return;
    }
    this.#open.add(channel);
    const socket = this.#socket ?? this.#makeSocket();
    channel.onMessage = (data) => void socket.receive(typeof data === "string" ? data : Buffer.from(data));
    channel.onClose = () => this.#open.delete(channel);
  }

  /** The peer has gone: lets go of what it held. Idempotent. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#open.clear();
    if (socket === null) return;
    inBackground("The end of a viewer's data channels could not be handled", socket.closed());
    this.#options.onClosed(socket);
  }

  #makeSocket(): ViewerConnection {
    const { host, viewer, maySteer } = this.#options;
    const channel = {
      webSocket: null,
      send: (text: string) => {
        const channel = this.#answerOn();
        if (channel !== undefined && channel.bufferedAmount <= MOST_WAITING_BYTES) channel.send(text);
      },
      getBufferedAmount: () => this.#answerOn()?.bufferedAmount ?? 0,
      close: (code: number) => {
        for (const channel of this.#open) channel.close();
        if (code === CLOSE_CODES.policy) this.#options.onFlood();
      },
    };
    const socket = new ViewerConnection(channel, host, viewer, maySteer);
    this.#socket = socket;
    this.#options.onOpen(socket);
    return socket;
  }

  #answerOn(): Channel | undefined {
    const [first] = this.#open;
    return [...this.#open].find(({ label }) => label === DATA_CHANNELS.events) ?? first;
  }
}
