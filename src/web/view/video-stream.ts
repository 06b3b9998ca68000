import type { ReceivedFrame } from "./frame-channel.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import type { Size } from "./geometry.ts";
import { makeVideoPainter, type VideoPainter } from "./video-painter.ts";

/** As the server makes it (native/i420.h), of a picture as screens show it; VP8 itself says nothing of it. */
const COLOURS = {
  primaries: "bt709",
  transfer: "iec61966-2-1",
  matrix: "smpte170m",
  fullRange: false,
} as const;

/** A picture as the decoder gave it, and the frame that it is of. */
interface Decoded {
  readonly picture: VideoFrame;
  readonly frame: ReceivedFrame;
}

/**
 * Shows a video stream from the page's WebSocket, decoded by WebCodecs. Every frame is decoded, because it is the reference of
 * the next; of frames decoded faster than they can be painted, only the newest is painted. A failed decoder is replaced, and
 * frames are skipped until the keyframe that is then requested.
 */
export class VideoStream implements FrameStream {
  readonly clearsOnDisconnect = false;
  readonly #channel: StreamContext["frames"];
  readonly #events: FrameStreamEvents;
  /** Being decoded, oldest first, by the time stamps that they were given. */
  #decoding = new Map<number, ReceivedFrame>();
  #decoder: VideoDecoder | null = null;
  readonly #painter: VideoPainter = makeVideoPainter();
  #count = 0;
  #painting = false;
  /** Comes when what is being painted is there. */
  #next: Decoded | null = null;
  #shown = false;
  #open = true;

  constructor({ frames }: StreamContext, events: FrameStreamEvents) {
    this.#channel = frames;
    this.#events = events;
    this.#channel.begin("video", (frame) => this.#take(frame));
  }

  /** Browsers have WebCodecs on https and on localhost only. */
  static get isAvailable(): boolean {
    return "VideoDecoder" in globalThis;
  }

  get element(): HTMLVideoElement | HTMLCanvasElement {
    return this.#painter.element;
  }

  size(): Size | null {
    return this.#shown ? this.#painter.size() : null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closeDecoder();
    this.#takeNext()?.picture.close();
    this.#channel.end();
    this.#painter.close();
  }

  #take(frame: ReceivedFrame): void {
    const { keyframe } = frame.header;
    // A decoder begins with a keyframe, and the first one that comes was sent without being asked for.
    if (this.#decoder === null && !keyframe) {
      this.#channel.acknowledge(frame);
      return;
    }
    try {
      this.#decoder ??= this.#begin(frame.header.format);
      // Any number that grows: frames are shown when they are there.
      const timestamp = ++this.#count;
      this.#decoding.set(timestamp, frame);
      this.#decoder.decode(
        new EncodedVideoChunk({ type: keyframe ? "key" : "delta", timestamp, data: frame.payload }),
      );
    } catch {
      this.#failed();
    }
  }

  /** `codec` as WebCodecs names it, which is as the frame header does. */
  #begin(codec: string): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (picture) => this.#show(picture),
      error: () => {
        if (decoder === this.#decoder) this.#failed();
      },
    });
    decoder.configure({ codec, optimizeForLatency: true, colorSpace: COLOURS });
    return decoder;
  }

  #failed(): void {
    this.#closeDecoder();
    this.#channel.requestKeyframe();
  }

  #closeDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== "closed") decoder.close();
    const lost = this.#decoding;
    this.#decoding = new Map();
    for (const frame of lost.values()) this.#channel.acknowledge(frame);
  }

  #show(picture: VideoFrame): void {
    const frame = this.#decoding.get(picture.timestamp);
    for (const [timestamp, decoded] of this.#decoding) {
      if (timestamp > picture.timestamp) break;
      this.#decoding.delete(timestamp);
      this.#channel.acknowledge(decoded);
    }
    if (!this.#open || frame === undefined) {
      picture.close();
      return;
    }
    this.#next?.picture.close();
    this.#next = { picture, frame };
    if (!this.#painting) this.#paintAll().catch(() => this.#paintFailed());
  }

  /** Paints what is there, the newest of what comes meanwhile, and so on. */
  async #paintAll(): Promise<void> {
    this.#painting = true;
    try {
      for (let decoded = this.#takeNext(); decoded !== null; decoded = this.#takeNext()) {
        const { picture, frame } = decoded;
        await this.#painter.paint(picture);
        if (this.#open) this.#painted(frame);
      }
    } finally {
      this.#painting = false;
    }
  }

  /** Handles a failed paint: reopens the stream if it ever worked, else falls back to another transport. */
  #paintFailed(): void {
    if (!this.#open) return;
    if (this.#shown) this.#events.onDisconnected();
    else this.#events.onTransportFailed();
  }

  #takeNext(): Decoded | null {
    const next = this.#next;
    this.#next = null;
    return next;
  }

  #painted({ header, payload: picture }: ReceivedFrame): void {
    const first = !this.#shown;
    this.#shown = true;
    if (first) this.#events.onFirstFrame();
    this.#events.onFrame({ ...header, bytes: picture.byteLength });
  }
}
