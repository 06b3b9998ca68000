import type { RTCDataChannel } from "werift";

/** One data channel, in both directions. */
export interface DataChannel {
  readonly label: string;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  onMessage: (data: string | Uint8Array) => void;
  onClose: () => void;
  /** Sends a message, or drops it if the channel is closing or the peer does not accept messages of this length. */
  send(text: string): void;
  close(): void;
}

export function dataChannelOf(channel: RTCDataChannel): DataChannel {
  const wrapper: DataChannel = {
    label: channel.label,
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    onMessage: () => {},
    onClose: () => {},
    send(text) {
      try {
        channel.send(text);
      } catch {
        // See DataChannel.send.
      }
    },
    close: () => channel.close(),
  };
  channel.onMessage.subscribe((data) => wrapper.onMessage(data));
  channel.stateChanged.subscribe((state) => {
    if (state === "closed") wrapper.onClose();
  });
  return wrapper;
}
