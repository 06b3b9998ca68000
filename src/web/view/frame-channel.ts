import type { AckMessage, FramesMessage, KeyframeMessage } from "../../protocol/client-messages.ts";
import { type FrameHeader, readFrameMessage } from "../../protocol/frame-header.ts";

/** A frame as it came: what is known of it, and the picture's file. */
export interface ReceivedFrame {
  header: FrameHeader;
  payload: Uint8Array<ArrayBuffer>;
  /** Time of arrival, `performance.now()`. */
  receivedAt: number;
}

/** The pictures' way over the page's WebSocket: asks for them, hands them on, and says that they were taken. */
export class FrameChannel {
  readonly #send: (message: FramesMessage | AckMessage | KeyframeMessage) => void;
  #onFrame: ((frame: ReceivedFrame) => void) | undefined;

  constructor(send: (message: FramesMessage | AckMessage | KeyframeMessage) => void) {
    this.#send = send;
  }

  /** Asks for frames; from now on each goes to `take`, which must {@link acknowledge} it. */
  begin(encoding: "jpeg" | "video", take: (frame: ReceivedFrame) => void): void {
    this.#onFrame = take;
    // The server sends a lossless picture only at rest, and only where the connection takes the best tier anyway.
    this.#send({ type: "frames", encoding, ...(encoding === "jpeg" && { lossless: true }) });
  }

  /** What comes can not be decoded, until a keyframe does. */
  requestKeyframe(): void {
    this.#send({ type: "keyframe" });
  }

  /** Asks for no more. */
  end(): void {
    this.#onFrame = undefined;
    this.#send({ type: "frames", encoding: "none" });
  }

  /** The frame was decoded, or will never be: the server may send another. */
  acknowledge({ header, receivedAt }: ReceivedFrame): void {
    this.#send({ type: "ack", frame: header.frame, heldMs: performance.now() - receivedAt });
  }

  /** Takes a binary message of the socket. */
  receive(message: ArrayBuffer): void {
    const read = readFrameMessage(message);
    if (read === null) return;
    const frame = { ...read, receivedAt: performance.now() };
    if (this.#onFrame === undefined) this.acknowledge(frame);
    else this.#onFrame(frame);
  }
}
