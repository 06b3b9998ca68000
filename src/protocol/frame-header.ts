/**
 * The binary message that brings one frame to the page over `/ws`: a header of {@link FRAME_HEADER_BYTES}, little-endian,
 * and the picture's file, or a frame of a video, behind it. The page bundles this file: no imports.
 *
 * | at | type | |
 * |---|---|---|
 * | 0 | u8 | format of the picture: 1 JPEG, 2 PNG, 3 a frame of VP8 |
 * | 1 | u8 | quality level: 0 (best) to 2 |
 * | 2 | u8 | flags: 1 still, 2 lossless, 4 keyframe |
 * | 3 | u8 | bytes of the header: the picture begins there |
 * | 4 | u32 | number of the frame |
 * | 8, 10 | u16 | width, height in px |
 * | 12 | u32 | 0 |
 * | 16 | f64 | when it was rendered, ms since 1970, server's clock |
 * | 24 | f64 | when it was handed to the socket, the same |
 * | 32 | f64 | time stamp of the newest event in it, ms, clock of the page that sent the event; NaN: none |
 * | 40 | f64 | how long its rendering took, ms; NaN: not known |
 */
export interface FrameHeader {
  readonly format: "jpeg" | "png" | VideoCodec;
  /** Of quality: 0 is the best. */
  readonly qualityLevel: 0 | 1 | 2;
  /** Whether it is the full-quality picture of a view at rest. */
  readonly still: boolean;
  /** Whether the picture is the rendered one to the bit. */
  readonly lossless: boolean;
  /** Of VP8: whether it needs none of those before it. */
  readonly keyframe: boolean;
  /** Counted by the server from 1; a gap means that frames were skipped for this viewer. */
  readonly frame: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** ms since 1970, by the server's clock. */
  readonly renderedAtMs: number;
  readonly sentAtMs: number;
  /** See FrameMessage in protocol.ts. */
  readonly eventMs: number | null;
  /** How long rendering took; null where not known. */
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

/** Writes the header to the start of a message, which has at least {@link FRAME_HEADER_BYTES}. */
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
 * Reads a message: its header, and the picture's file as a view into it.
 * @returns null for what is no frame, or one of a format that is not known here
 */
export function readFrameMessage(
  message: ArrayBuffer,
): { header: FrameHeader; payload: Uint8Array<ArrayBuffer> } | null {
  if (message.byteLength < FRAME_HEADER_BYTES) return null;
  const view = new DataView(message);
  const format = FORMATS[view.getUint8(0) - 1];
  const level = view.getUint8(1);
  const flags = view.getUint8(2);
  // A later version may put more behind these fields.
  const length = view.getUint8(3);
  if (format === undefined || (level !== 0 && level !== 1 && level !== 2)) return null;
  if (length < FRAME_HEADER_BYTES || length >= message.byteLength) return null;
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
    payload: new Uint8Array(message, length),
  };
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
