/** Replaces the server's frames with frames of the test, and forwards all other messages of the socket. */
import type { Page, WebSocketRoute } from "playwright-core";
import { encodeJpeg } from "../../src/native/jpeg.ts";
import { FRAME_HEADER_BYTES, type FrameHeader, writeFrameHeader } from "../../src/protocol/frame-header.ts";
import { Signal } from "../support/signal.ts";
import type { Color } from "./pattern-renderer.ts";

/** The binary message of a frame in one color. */
export async function frameMessage(
  color: Color,
  header: Partial<FrameHeader> & { frame: number },
): Promise<Buffer> {
  const { width = 64, height = 48 } = header;
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < data.length; at += 4) data.set([...color, 255], at);
  const image = await encodeJpeg(
    { data, width, height, format: "rgba", bottomUp: false },
    { quality: 90, subsampling: "4:4:4" },
  );
  const message = Buffer.alloc(FRAME_HEADER_BYTES + image.byteLength);
  const flags = { still: false, lossless: false, keyframe: false, eventMs: null, renderMs: null } as const;
  const times = { renderedAtMs: Date.now(), sentAtMs: Date.now() };
  writeFrameHeader(
    { format: "jpeg", qualityLevel: 0, ...flags, ...times, ...header, width, height },
    message,
  );
  message.set(image, FRAME_HEADER_BYTES);
  return message;
}

export class FrameInjector {
  /** Frame numbers that the page acknowledged, in order. */
  readonly acknowledged: number[] = [];
  /** Encodings that the page requested, in order. */
  readonly requested: string[] = [];
  /** Whether messages of the server are delayed once frames were requested. */
  readonly #slow: boolean;
  readonly #delayed: (string | Buffer)[] = [];
  #socket: WebSocketRoute | undefined;
  readonly #received = new Signal();

  private constructor(slow: boolean) {
    this.#slow = slow;
  }

  /** Intercepts the page's socket from its next load on. `slow`: delays the server's messages once frames are requested. */
  static async interceptSocket(page: Page, { slow = false } = {}): Promise<FrameInjector> {
    const frames = new FrameInjector(slow);
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      frames.#socket = socket;
      const upstream = socket.connectToServer();
      socket.onMessage((message) => {
        const parsed = JSON.parse(String(message));
        if (parsed.type === "frames") frames.requested.push(parsed.encoding);
        else if (parsed.type === "ack") frames.acknowledged.push(parsed.frame);
        else upstream.send(message);
        frames.#received.notify();
      });
      upstream.onMessage((message) => {
        if (frames.#slow && frames.requested.length > 0) frames.#delayed.push(message);
        else socket.send(message);
      });
    });
    return frames;
  }

  /** Delivers the delayed messages. */
  releaseDelayed(): void {
    for (const message of this.#delayed.splice(0)) this.#socket?.send(message);
  }

  send(message: Buffer): void {
    this.#socket?.send(message);
  }

  /** Waits for a condition that can change only by a message of the page. */
  async until(condition: () => boolean): Promise<void> {
    await this.#received.until(condition);
  }
}
