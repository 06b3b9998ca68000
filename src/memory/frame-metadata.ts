import type { CameraState } from "../protocol/camera-state.ts";
import type { PIXEL_FORMAT } from "./layout.generated.ts";

/** How the pixels of a frame are packed; rows are bottom-up in both. */
export type PixelFormat = keyof typeof PIXEL_FORMAT;

/** Metadata that a writer publishes with a frame. */
export interface WrittenFrameMetadata {
  /** How long rendering took, ms; absent if unknown. */
  renderMs?: number;
  /** Time stamp of the newest event that the frame shows, ms by its sender's clock; null if there is none. */
  eventTimestamp?: number | null;
  /** Whether it is the full-quality frame of a still view. Default false. */
  still?: boolean;
  /** The camera that it was rendered from. Default: the camera published last. */
  camera?: CameraState;
  /** Size in px of the view that it shows, which may have more pixels than the frame. Default: the frame's size. */
  viewSize?: readonly [width: number, height: number];
}

/** Metadata of a frame as read; null for what its producer did not publish. */
export interface FrameMetadata {
  /** Number of the frame, from 1. */
  frame: number | null;
  /** When rendering ended, ms since 1970. */
  renderedAt: number | null;
  renderMs: number | null;
  eventTimestamp: number | null;
  still: boolean;
  /** Size in px of the view that it shows with fewer pixels; null if the frame has the view's size. */
  viewSize: readonly [width: number, height: number] | null;
}
