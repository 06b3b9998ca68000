import type { RTCDataChannel } from "werift";
import { inBackground } from "../../native/guarded.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { DATA_CHANNELS } from "../../protocol/paths.ts";
import type { Role } from "../../protocol/role.ts";
import type { Hub } from "../hub.ts";
import { ViewerConnection } from "../viewers/viewer-connection.ts";

/** Maximum number of data channels of one peer. A page has two. */
const MAX_CHANNELS = 4;
/** Maximum number of bytes buffered for a slow peer; further messages are dropped. */
const MAX_BUFFERED_BYTES = 1 << 18;

/**
 * The data channels of one peer, which together correspond to a WebSocket: the same messages, checks and rights. Messages are
 * accepted on any channel; replies are sent on the ordered one if it is open.
 */
export class InputChannels {
  readonly #hub: Hub;
  readonly #viewer: string;
  readonly #role: Role;
  readonly #onFlood: () => void;
  readonly #open = new Set<RTCDataChannel>();
  #connection: ViewerConnection | null = null;

  /** `viewer`: its id. `onFlood` is called when the peer exceeds the message rate limit and must be disconnected. */
  constructor(hub: Hub, viewer: string, role: Role, onFlood: () => void) {
    this.#hub = hub;
    this.#viewer = viewer;
    this.#role = role;
    this.#onFlood = onFlood;
  }

  add(channel: RTCDataChannel): void {
    if (this.#open.size >= MAX_CHANNELS) {
      channel.close();
      return;
    }
    this.#open.add(channel);
    this.#connection ??= this.#openConnection();
    const connection = this.#connection;
    channel.onMessage.subscribe((data) => void connection.receive(data));
    channel.stateChanged.subscribe((state) => {
      if (state === "closed") this.#open.delete(channel);
    });
  }

  /** To be called when the peer has disconnected: releases the buttons that it has down. Idempotent. */
  close(): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#open.clear();
    if (connection === null) return;
    inBackground("The end of a viewer's data channels could not be handled", connection.closed());
    this.#hub.viewers.dataChannels.delete(connection);
  }

  #openConnection(): ViewerConnection {
    const messageChannel = {
      webSocket: null,
      send: (text: string) => {
        const channel = this.#replyChannel();
        if (channel === undefined || channel.bufferedAmount > MAX_BUFFERED_BYTES) return;
        try {
          channel.send(text);
        } catch {
          // The channel is closing, or the peer does not accept messages of this length.
        }
      },
      getBufferedAmount: () => this.#replyChannel()?.bufferedAmount ?? 0,
      close: (code: number) => {
        for (const channel of this.#open) channel.close();
        if (code === CLOSE_CODES.policy) this.#onFlood();
      },
    };
    const connection = new ViewerConnection(messageChannel, this.#hub, this.#viewer, this.#role);
    this.#hub.viewers.dataChannels.add(connection);
    return connection;
  }

  #replyChannel(): RTCDataChannel | undefined {
    const [first] = this.#open;
    return [...this.#open].find(({ label }) => label === DATA_CHANNELS.events) ?? first;
  }
}
