import type { ReceivedFrame } from "./frame-channel.ts";
import { FramePresenter } from "./frame-presenter.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import type { Size } from "./geometry.ts";
import { makeVideoPainter, type VideoPainter } from "./video-painter.ts";

/** Colour space of the server's conversion (native/i420.h); a VP8 stream does not carry it. */
const COLOR_SPACE = {
  primaries: "bt709",
  transfer: "iec61966-2-1",
  matrix: "smpte170m",
  fullRange: false,
} as const;

interface DecodedFrame {
  readonly decoded: VideoFrame;
  readonly received: ReceivedFrame;
}

/**
 * Shows a VP8 stream from the page's WebSocket, decoded by WebCodecs. Every frame is decoded, because it is the reference of the
 * next; of frames decoded faster than they can be painted, only the newest is painted. A failed decoder is replaced, and frames
 * are skipped until the keyframe that is then requested.
 */
export class VideoStream implements FrameStream {
  readonly clearsOnDisconnect = false;
  readonly #channel: StreamContext["frames"];
  readonly #painter: VideoPainter = makeVideoPainter();
  readonly #presenter: FramePresenter<DecodedFrame>;
  /** Frames in the decoder, oldest first, by the time stamp of their chunk. */
  #decoding = new Map<number, ReceivedFrame>();
  #decoder: VideoDecoder | null = null;
  #chunkCount = 0;

  constructor({ frames }: StreamContext, events: FrameStreamEvents) {
    this.#channel = frames;
    this.#presenter = new FramePresenter<DecodedFrame>({
      show: async ({ decoded, received }) => {
        await this.#painter.paint(decoded);
        return received;
      },
      drop: ({ decoded }) => decoded.close(),
      events,
    });
    this.#channel.begin("video", (frame) => this.#decode(frame));
  }

  /** Browsers have WebCodecs only over https and on localhost. */
  static get isAvailable(): boolean {
    return "VideoDecoder" in globalThis;
  }

  get element(): HTMLVideoElement | HTMLCanvasElement {
    return this.#painter.element;
  }

  size(): Size | null {
    return this.#presenter.hasShown ? this.#painter.size() : null;
  }

  close(): void {
    if (!this.#presenter.isOpen) return;
    this.#presenter.close();
    this.#closeDecoder();
    this.#channel.end();
    this.#painter.close();
  }

  #decode(frame: ReceivedFrame): void {
    const { keyframe } = frame.header;
    // A decoder begins with a keyframe. The server sends the first one without a request.
    if (this.#decoder === null && !keyframe) {
      this.#channel.acknowledge(frame);
      return;
    }
    try {
      this.#decoder ??= this.#openDecoder();
      // Time stamps only identify frames: each is shown as soon as it is decoded.
      const timestamp = ++this.#chunkCount;
      this.#decoding.set(timestamp, frame);
      this.#decoder.decode(
        new EncodedVideoChunk({ type: keyframe ? "key" : "delta", timestamp, data: frame.payload }),
      );
    } catch {
      this.#onDecoderError();
    }
  }

  #openDecoder(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (decoded) => this.#onDecoded(decoded),
      error: () => {
        if (decoder === this.#decoder) this.#onDecoderError();
      },
    });
    decoder.configure({ codec: "vp8", optimizeForLatency: true, colorSpace: COLOR_SPACE });
    return decoder;
  }

  #onDecoderError(): void {
    this.#closeDecoder();
    this.#channel.requestKeyframe();
  }

  #closeDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== "closed") decoder.close();
    const undecoded = this.#decoding;
    this.#decoding = new Map();
    for (const frame of undecoded.values()) this.#channel.acknowledge(frame);
  }

  #onDecoded(decoded: VideoFrame): void {
    const received = this.#decoding.get(decoded.timestamp);
    for (const [timestamp, frame] of this.#decoding) {
      if (timestamp > decoded.timestamp) break;
      this.#decoding.delete(timestamp);
      this.#channel.acknowledge(frame);
    }
    if (received !== undefined && this.#presenter.isOpen) this.#presenter.push({ decoded, received });
    else decoded.close();
  }
}
