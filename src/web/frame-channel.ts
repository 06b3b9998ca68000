import type { AckMessage, FramesMessage, KeyframeMessage } from "../protocol/client-messages.ts";
import { type FrameHeader, readFrameMessage } from "../protocol/frame-header.ts";

/** A frame as it came: what is known of it, and the picture's file. */
export interface ArrivedFrame {
  header: FrameHeader;
  picture: Uint8Array<ArrayBuffer>;
  /** Time of arrival, `performance.now()`. */
  arrivedAt: number;
}

/** The pictures' way over the page's WebSocket: asks for them, hands them on, and says that they were taken. */
export class FrameChannel {
  readonly #send: (message: FramesMessage | AckMessage | KeyframeMessage) => void;
  #take: ((frame: ArrivedFrame) => void) | undefined;

  constructor(send: (message: FramesMessage | AckMessage | KeyframeMessage) => void) {
    this.#send = send;
  }

  /** Asks for frames; from now on each goes to `take`, which must {@link acknowledge} it. */
  begin(encoding: "jpeg" | "video", take: (frame: ArrivedFrame) => void): void {
    this.#take = take;
    // The server sends a lossless picture only at rest, and only where the connection takes the best tier anyway.
    this.#send({ type: "frames", encoding, ...(encoding === "jpeg" && { lossless: true }) });
  }

  /** What comes can not be decoded, until a keyframe does. */
  requestKeyframe(): void {
    this.#send({ type: "keyframe" });
  }

  /** Asks for no more. */
  end(): void {
    this.#take = undefined;
    this.#send({ type: "frames", encoding: "none" });
  }

  /** The frame was decoded, or will never be: the server may send another. */
  acknowledge({ header, arrivedAt }: ArrivedFrame): void {
    this.#send({ type: "ack", frame: header.frame, heldMs: performance.now() - arrivedAt });
  }

  /** Takes a binary message of the socket. */
  receive(message: ArrayBuffer): void {
    const read = readFrameMessage(message);
    if (read === null) return;
    const frame = { ...read, arrivedAt: performance.now() };
    if (this.#take === undefined) this.acknowledge(frame);
    else this.#take(frame);
  }
}
