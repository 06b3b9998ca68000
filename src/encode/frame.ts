import type { PixelImage } from "../native/pixel-image.ts";

/** How good the picture of a view that moves is: 0 the best, 2 the smallest. See TIER_JPEG. */
export type QualityLevel = 0 | 1 | 2;
export const QUALITY_LEVELS: readonly QualityLevel[] = [0, 1, 2];

/** What a picture can be encoded as: a tier while the view moves, and once it rests "still" and "lossless". */
export type Quality = QualityLevel | "still" | "lossless";

/** Width and height, px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

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
  /** How long it took to render, ms; null where not known. */
  readonly renderMs: number | null;
  /** Size in px of the view that it shows with fewer pixels, as drafts may; null: its own. */
  readonly viewSize: readonly [width: number, height: number] | null;
}

/** A frame's pixels, a copy of ours. Rows are packed, in the order that `bottomUp` says. */
export interface RawFrame extends FrameInfo, PixelImage {
  readonly width: number;
  readonly height: number;
  /** Whether its renderer says that the view rests and this is its best picture; null where it tells nothing (FURY). */
  readonly still: boolean | null;
  /** Whether it has the same pixels and size as the copy that was made into this memory before. */
  readonly unchanged: boolean;
}

/** Where frames come from; see FrameSource. */
export interface FrameProvider {
  /** Number of the newest frame, 0 before the first. */
  readonly frameNumber: number;
  /** Calls back at every new frame; returns the function that ends it. */
  onFrame(listener: () => void): () => void;
  /**
   * Copies the newest frame into a buffer that the next call reuses, and says whether that changed its contents. Null if there
   * is no frame, and then the buffer holds none. The newest frame may be the one copied before: then it has that one's number,
   * and so has {@link frameNumber}.
   */
  copyNewest(): RawFrame | null;
}

/** A frame as one file. */
export interface EncodedFrame extends FrameInfo {
  readonly bytes: Uint8Array;
  readonly format: "jpeg" | "png";
  /** 0 for "still" and "lossless" too. */
  readonly level: QualityLevel;
  /** The full-quality picture of a view at rest; where the format is PNG without any loss. */
  readonly still: boolean;
}
