/** Stands in for the server's frames, so that a test decides when each comes: all else on the socket is the real server's. */
import type { Page, WebSocketRoute } from "playwright-core";
import { encodeJpeg } from "../../src/native/jpeg.ts";
import { FRAME_HEADER_BYTES, type FrameHeader, writeFrameHeader } from "../../src/protocol/frame-header.ts";
import type { Color } from "./pattern-renderer.ts";

/** The binary message of a frame in one colour. */
export async function frameMessage(
  color: Color,
  header: Partial<FrameHeader> & { frame: number },
): Promise<Buffer> {
  const { width = 64, height = 48 } = header;
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < data.length; at += 4) data.set([...color, 255], at);
  const picture = await encodeJpeg(
    { data, width, height, format: "rgba", bottomUp: false },
    { quality: 90, subsampling: "4:4:4" },
  );
  const message = Buffer.alloc(FRAME_HEADER_BYTES + picture.byteLength);
  const rest = { still: false, lossless: false, keyframe: false, eventMs: null, renderMs: null } as const;
  const times = { renderedAtMs: Date.now(), sentAtMs: Date.now() };
  writeFrameHeader({ format: "jpeg", qualityLevel: 0, ...rest, ...times, ...header, width, height }, message);
  message.set(picture, FRAME_HEADER_BYTES);
  return message;
}

export class FrameInjector {
  /** The numbers that the page acknowledged, in that order. */
  readonly acknowledged: number[] = [];
  /** What the page asked for, in that order. */
  readonly requested: string[] = [];
  /** Whether the line is slow from when frames were asked for: what the server says waits then. */
  readonly #slow: boolean;
  readonly #delayed: (string | Buffer)[] = [];
  #socket: WebSocketRoute | undefined;
  #waiting: (() => void)[] = [];

  private constructor(slow: boolean) {
    this.#slow = slow;
  }

  /**
   * Comes between the page and its server, from its next load on. `slow`: from when frames are asked for, what the server
   * says is held back until {@link releaseDelayed}.
   */
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
        const waiting = frames.#waiting;
        frames.#waiting = [];
        for (const wake of waiting) wake();
      });
      upstream.onMessage((message) => {
        if (frames.#slow && frames.requested.length > 0) frames.#delayed.push(message);
        else socket.send(message);
      });
    });
    return frames;
  }

  /** Lets go of what the server said so far. */
  releaseDelayed(): void {
    for (const message of this.#delayed.splice(0)) this.#socket?.send(message);
  }

  send(message: Buffer): void {
    this.#socket?.send(message);
  }

  /** Waits for a condition that can change only by a message of the page's. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
