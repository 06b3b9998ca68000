import type { ClientMessage } from "../../protocol/client-messages.ts";
import { readFrameMessage } from "../../protocol/frame-header.ts";

/** A received encoded frame. `receivedAt`: time of arrival, `performance.now()`. */
export type ReceivedFrame = NonNullable<ReturnType<typeof readFrameMessage>> & { receivedAt: number };

/** Frames on the page's WebSocket: requests, delivery and acknowledgement. */
export class FrameChannel {
  readonly #send: (message: ClientMessage) => void;
  #onFrame: ((frame: ReceivedFrame) => void) | undefined;

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  /** Requests frames. Each is passed to `onFrame`, which must {@link acknowledge} it. */
  begin(encoding: "jpeg" | "video", onFrame: (frame: ReceivedFrame) => void): void {
    this.#onFrame = onFrame;
    // The server sends a lossless frame only of a still view, and only to a connection that is fast enough for the best quality.
    this.#send({ type: "frames", encoding, ...(encoding === "jpeg" && { lossless: true }) });
  }

  requestKeyframe(): void {
    this.#send({ type: "keyframe" });
  }

  end(): void {
    this.#onFrame = undefined;
    this.#send({ type: "frames", encoding: "none" });
  }

  /** Acknowledges a frame that was decoded or dropped, so that the server may send another. */
  acknowledge({ header, receivedAt }: ReceivedFrame): void {
    this.#send({ type: "ack", frame: header.frame, heldMs: performance.now() - receivedAt });
  }

  receive(message: ArrayBuffer): void {
    const parsed = readFrameMessage(message);
    if (parsed === null) return;
    const frame = { ...parsed, receivedAt: performance.now() };
    if (this.#onFrame === undefined) this.acknowledge(frame);
    else this.#onFrame(frame);
  }
}
