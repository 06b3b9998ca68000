/**
 * The binary message that carries one frame to the page over `/ws`: a header of {@link FRAME_HEADER_BYTES}, little-endian, followed
 * by the payload, an image file or a frame of a video. The page bundles this file: no imports.
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u8 | format of the payload: 1 JPEG, 2 PNG, 3 VP8 |
 * | 1 | u8 | quality level, 0 (best) to 2 |
 * | 2 | u8 | flags: 1 still, 2 lossless, 4 keyframe |
 * | 3 | u8 | size of the header in bytes, the offset of the payload |
 * | 4 | u32 | frame number |
 * | 8, 10 | u16 | width, height, px |
 * | 12 | u32 | reserved, 0 |
 * | 16 | f64 | time at which rendering ended, ms since 1970, server's clock |
 * | 24 | f64 | time at which it was sent, ms since 1970, server's clock |
 * | 32 | f64 | time stamp of the newest event that the frame shows, ms, clock of the page that sent it; NaN: none |
 * | 40 | f64 | duration of rendering, ms; NaN: unknown |
 */
export interface FrameHeader {
  readonly format: "jpeg" | "png" | "vp8";
  /** 0 is the best. */
  readonly qualityLevel: 0 | 1 | 2;
  /** Whether it is the full view of a still scene. */
  readonly still: boolean;
  /** Whether the payload decodes to exactly the rendered pixels. */
  readonly lossless: boolean;
  /** VP8: whether it decodes without the frames before it. */
  readonly keyframe: boolean;
  /** Counted by the server from 1; a gap means that frames were skipped for this viewer. */
  readonly frame: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** ms since 1970, server's clock. */
  readonly renderedAtMs: number;
  readonly sentAtMs: number;
  /** See FrameMessage in server-messages.ts. */
  readonly eventMs: number | null;
  /** Duration of rendering; null if unknown. */
  readonly renderMs: number | null;
}

export const FRAME_HEADER_BYTES = 48;

/** Video codecs by their names in `hello.videoCodec` and in frame headers. */
export type VideoCodec = "vp8";

/** In the order of their numbers on the wire, from 1. A new codec is appended. */
const FORMATS = ["jpeg", "png", "vp8"] as const satisfies readonly FrameHeader["format"][];
const STILL = 1;
const LOSSLESS = 2;
const KEYFRAME = 4;

/** Writes the header to the start of a message of at least {@link FRAME_HEADER_BYTES}. */
export function writeFrameHeader(header: FrameHeader, message: Uint8Array): void {
  const view = new DataView(message.buffer, message.byteOffset, FRAME_HEADER_BYTES);
  view.setUint8(0, FORMATS.indexOf(header.format) + 1);
  view.setUint8(1, header.qualityLevel);
  view.setUint8(
    2,
    (header.still ? STILL : 0) | (header.lossless ? LOSSLESS : 0) | (header.keyframe ? KEYFRAME : 0),
  );
  view.setUint8(3, FRAME_HEADER_BYTES);
  view.setUint32(4, header.frame, true);
  view.setUint16(8, header.width, true);
  view.setUint16(10, header.height, true);
  view.setUint32(12, 0, true);
  view.setFloat64(16, header.renderedAtMs, true);
  view.setFloat64(24, header.sentAtMs, true);
  view.setFloat64(32, header.eventMs ?? Number.NaN, true);
  view.setFloat64(40, header.renderMs ?? Number.NaN, true);
}

/**
 * Parses a message; the payload is a view into it.
 * @returns null if it is not a frame, or one of an unknown format
 */
export function readFrameMessage(
  message: ArrayBuffer,
): { header: FrameHeader; payload: Uint8Array<ArrayBuffer> } | null {
  if (message.byteLength < FRAME_HEADER_BYTES) return null;
  const view = new DataView(message);
  const format = FORMATS[view.getUint8(0) - 1];
  const level = view.getUint8(1);
  const flags = view.getUint8(2);
  // A later version may append fields.
  const headerBytes = view.getUint8(3);
  if (format === undefined || (level !== 0 && level !== 1 && level !== 2)) return null;
  if (headerBytes < FRAME_HEADER_BYTES || headerBytes >= message.byteLength) return null;
  return {
    header: {
      format,
      qualityLevel: level,
      still: (flags & STILL) !== 0,
      lossless: (flags & LOSSLESS) !== 0,
      keyframe: (flags & KEYFRAME) !== 0,
      frame: view.getUint32(4, true),
      width: view.getUint16(8, true),
      height: view.getUint16(10, true),
      renderedAtMs: view.getFloat64(16, true),
      sentAtMs: view.getFloat64(24, true),
      eventMs: numberOrNull(view.getFloat64(32, true)),
      renderMs: numberOrNull(view.getFloat64(40, true)),
    },
    payload: new Uint8Array(message, headerBytes),
  };
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
