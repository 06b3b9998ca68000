import type { PixelImage } from "../native/pixel-image.ts";

/** Quality of a moving view: 0 is the best. A JPEG level (LEVEL_JPEG_OPTIONS), or a bitrate layer of a video (LAYER_BITRATES). */
export type QualityLevel = 0 | 1 | 2;
export const QUALITY_LEVELS: readonly QualityLevel[] = [0, 1, 2];

/** Encodings of a frame: a level while the view moves, and "still" and "lossless" as refinements of a still view. */
export type Quality = QualityLevel | "still" | "lossless";

/** Width and height, px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Metadata of a frame. */
export interface FrameInfo {
  /** Counted from 1 since the frame source was created, over all renderers that were attached. */
  readonly number: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** When it was rendered, ms since 1970; of a plain FURY producer, when it was detected. */
  readonly renderedAtMs: number;
  /** Time stamp of the newest input event that it shows, ms, clock of the page that sent the event; null if not known. */
  readonly eventMs: number | null;
  /** Rendering time, ms; null if not known. */
  readonly renderMs: number | null;
  /** Size of the view, px, if this is a draft in reduced resolution; null: the frame's own size. */
  readonly viewSize: readonly [width: number, height: number] | null;
}

/** A frame with a copy of its pixels. */
export interface RawFrame extends FrameInfo, PixelImage {
  readonly width: number;
  readonly height: number;
  /** Whether its renderer reports a still view and this is its full view; null if it does not report that (FURY). */
  readonly still: boolean | null;
  /** Whether it has the same pixels and size as the previous copy in this buffer. */
  readonly unchanged: boolean;
}

/** Where frames come from; see FrameSource. */
export interface FrameProvider {
  /** Number of the newest frame, 0 before the first. */
  readonly frameNumber: number;
  /** Calls back at every new frame; returns a function that removes the listener. */
  onFrame(listener: () => void): () => void;
  /**
   * Copies the newest frame into a buffer that the next call reuses. Null if there is no frame, and then the buffer holds none. A
   * frame that was copied before has the same number again.
   */
  copyNewest(): RawFrame | null;
}

/** A frame encoded as one image file. */
export interface EncodedFrame extends FrameInfo {
  readonly bytes: Uint8Array;
  readonly format: "jpeg" | "png";
  /** 0 for "still" and "lossless". */
  readonly level: QualityLevel;
  /** Whether it is a refinement of a still view; lossless if the format is PNG. */
  readonly still: boolean;
}
