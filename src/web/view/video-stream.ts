import type { VideoCodec } from "../../protocol/frame-header.ts";
import type { ReceivedFrame } from "./frame-channel.ts";
import { FramePresenter } from "./frame-presenter.ts";
import type { FrameStream, FrameStreamEvents, StreamContext } from "./frame-stream.ts";
import { makeVideoPainter } from "./video-painter.ts";

/** Color space of the server's conversion (native/i420.h); a VP8 stream does not carry it. */
const COLOR_SPACE = {
  primaries: "bt709",
  transfer: "iec61966-2-1",
  matrix: "smpte170m",
  fullRange: false,
} as const;

/**
 * Shows a VP8 stream from the page's WebSocket, decoded by WebCodecs. Every frame is decoded, because it is the reference of the
 * next; of frames decoded faster than they can be painted, only the newest is painted. A failed decoder is replaced, and frames
 * are skipped until the keyframe that is then requested.
 */
export function openVideoStream({ frames }: StreamContext, events: FrameStreamEvents): FrameStream {
  const painter = makeVideoPainter();
  /** Frames in the decoder, oldest first, by the time stamp of their chunk. */
  const decoding = new Map<number, ReceivedFrame>();
  let decoder: VideoDecoder | null = null;
  let chunkCount = 0;

  const presenter = new FramePresenter<{ decoded: VideoFrame; received: ReceivedFrame }>({
    show: async ({ decoded, received }) => {
      await painter.paint(decoded);
      return received;
    },
    drop: ({ decoded }) => decoded.close(),
    events,
  });

  /** Acknowledges the frames in the decoder up to this time stamp. */
  const acknowledgeUntil = (last: number) => {
    for (const [timestamp, frame] of decoding) {
      if (timestamp > last) break;
      decoding.delete(timestamp);
      frames.acknowledge(frame);
    }
  };

  const onDecoded = (decoded: VideoFrame) => {
    const received = decoding.get(decoded.timestamp);
    acknowledgeUntil(decoded.timestamp);
    if (received !== undefined && presenter.isOpen) presenter.push({ decoded, received });
    else decoded.close();
  };

  const openDecoder = (codec: VideoCodec) => {
    const opened: VideoDecoder = new VideoDecoder({
      output: onDecoded,
      error: () => {
        if (opened === decoder) onDecoderError();
      },
    });
    opened.configure({ codec, optimizeForLatency: true, colorSpace: COLOR_SPACE });
    return opened;
  };

  const closeDecoder = () => {
    const closed = decoder;
    decoder = null;
    if (closed !== null && closed.state !== "closed") closed.close();
    acknowledgeUntil(Number.POSITIVE_INFINITY);
  };

  const onDecoderError = () => {
    closeDecoder();
    frames.requestKeyframe();
  };

  frames.begin("video", (frame) => {
    const { keyframe, format } = frame.header;
    // A decoder begins with a keyframe. The server sends the first one without a request.
    if (format === "jpeg" || format === "png" || (decoder === null && !keyframe)) {
      frames.acknowledge(frame);
      return;
    }
    try {
      decoder ??= openDecoder(format);
      // Time stamps only identify frames: each is shown as soon as it is decoded.
      const timestamp = ++chunkCount;
      decoding.set(timestamp, frame);
      decoder.decode(
        new EncodedVideoChunk({ type: keyframe ? "key" : "delta", timestamp, data: frame.payload }),
      );
    } catch {
      onDecoderError();
    }
  });

  return {
    element: painter.element,
    clearsOnDisconnect: false,
    size: () => (presenter.hasShown ? painter.size() : null),
    close() {
      if (!presenter.isOpen) return;
      presenter.close();
      closeDecoder();
      frames.end();
      painter.close();
    },
  };
}
