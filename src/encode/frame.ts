import type { PixelImage } from "../native/jpeg.ts";

/** What is known of a frame besides its picture. */
export interface FrameInfo {
  /** Counted from 1 since the frame source was made, over all renderers that it was attached to. */
  readonly number: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** When it was rendered, ms since 1970; for a plain FURY producer when its being there was noticed. */
  readonly renderedAtMs: number;
  /** Time stamp in ms of the newest input event that it shows, by the clock of the page that sent it; null: not known. */
  readonly eventMs: number | null;
}

/** A frame's pixels, a copy of ours. Rows are packed, in the order that `bottomUp` says. */
export interface RawFrame extends FrameInfo, PixelImage {
  readonly width: number;
  readonly height: number;
}

/** A frame as one JPEG. */
export interface EncodedFrame extends FrameInfo {
  readonly bytes: Uint8Array;
}
