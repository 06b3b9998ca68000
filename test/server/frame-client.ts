import { decodeJpeg } from "../../src/native/jpeg.ts";
import { type FrameHeader, readFrameMessage } from "../../src/protocol/frame-header.ts";
import type { ServerMessage } from "../../src/protocol/server-messages.ts";
import { eventually } from "./clients.ts";

/** A received frame. */
export interface ReceivedFrame {
  readonly header: FrameHeader;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A viewer of frames on `/ws`. If `acknowledges` is set, it acknowledges each frame; otherwise the test calls {@link FrameClient.acknowledge}. */
export class FrameClient {
  readonly frames: ReceivedFrame[] = [];
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<number>;
  acknowledges: boolean;
  readonly #socket: WebSocket;
  #acknowledged = 0;

  private constructor(socket: WebSocket, acknowledges: boolean) {
    this.#socket = socket;
    this.acknowledges = acknowledges;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") {
        this.messages.push(JSON.parse(data));
        return;
      }
      const frame = readFrameMessage(data);
      if (frame === null) throw new Error("A binary message is not a frame.");
      this.frames.push(frame);
      if (this.acknowledges) this.acknowledge();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code }) => resolve(code));
    });
  }

  static async open(
    base: string,
    options: {
      acknowledges?: boolean;
      encoding?: "jpeg" | "video";
      lossless?: boolean;
      viewer?: string;
      requestsFrames?: boolean;
    } = {},
  ): Promise<FrameClient> {
    const { acknowledges = true, encoding = "jpeg", lossless, viewer, requestsFrames = true } = options;
    const url = new URL(viewer === undefined ? "ws" : `ws?viewer=${viewer}`, base);
    const socket = new WebSocket(url.href.replace(/^http/, "ws"));
    const client = new FrameClient(socket, acknowledges);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("refused")));
    });
    if (requestsFrames)
      client.send({ type: "frames", encoding, ...(lossless !== undefined && { lossless }) });
    return client;
  }

  /** Numbers of the received frames. */
  get numbers(): number[] {
    return this.frames.map(({ header }) => header.frame);
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Acknowledges the oldest frame in flight. `heldMs`: see {@link AckMessage}. */
  acknowledge(heldMs?: number): void {
    const frame = this.frames[this.#acknowledged++];
    if (frame !== undefined) this.send({ type: "ack", frame: frame.header.frame, heldMs });
  }

  /** Waits until the newest frame is a JPEG with this grey in its centre. */
  waitForGrey(grey: number): Promise<void> {
    return eventually(() => Math.abs(greyOf(this.frames.at(-1)) - grey) < 4, `the frame has grey ${grey}`);
  }

  /** Waits for a frame that matches, and returns the first. */
  async waitForFrame(matches: (frame: ReceivedFrame) => boolean, what: string): Promise<ReceivedFrame> {
    await eventually(() => this.frames.some(matches), `${what} is received`);
    return this.frames.find(matches) as ReceivedFrame;
  }

  close(): void {
    this.#socket.close();
  }
}

function greyOf(frame: ReceivedFrame | undefined): number {
  if (frame?.header.format !== "jpeg") return Number.NaN;
  const { data, width, height } = decodeJpeg(frame.payload);
  return data[(Math.floor(height / 2) * width + Math.floor(width / 2)) * 4] ?? Number.NaN;
}
