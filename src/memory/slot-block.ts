import type { CameraState } from "../protocol/camera-state.ts";
import {
  EXTENSION_LAYOUT,
  EXTENSION_START,
  type PIXEL_FORMAT,
  SLOT_FLAG,
  SLOT_LAYOUT,
} from "./layout.generated.ts";
import { SequenceWord } from "./sequence-word.ts";

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

/** Limit for a side of a view, px (see `MAX_SIZE` in scene/show-options.ts). */
const MAX_SIDE = 8192;

/** Metadata of the frame in one buffer, in the extension of an info segment. Everything read is checked. */
export class SlotBlock {
  /** Odd while the buffer, its size and this slot are written. */
  readonly sequence: SequenceWord;
  /** Byte offset of the sequence word in the info segment. */
  readonly sequenceOffset: number;
  readonly #view: DataView<ArrayBufferLike>;

  constructor(infoBuffer: ArrayBufferLike, buffer: number) {
    const start = EXTENSION_START + EXTENSION_LAYOUT.slots + SLOT_LAYOUT.bytes * buffer;
    this.#view = new DataView(infoBuffer, start, SLOT_LAYOUT.bytes);
    this.sequenceOffset = start + SLOT_LAYOUT.sequence;
    this.sequence = new SequenceWord(infoBuffer, this.sequenceOffset);
  }

  /** Writes the metadata and ends the write that `sequence.begin()` began. */
  end(frame: number, metadata: WrittenFrameMetadata): void {
    const view = this.#view;
    const [viewWidth, viewHeight] = metadata.viewSize ?? [0, 0];
    view.setUint32(SLOT_LAYOUT.flags, metadata.still ? SLOT_FLAG.still : 0, true);
    view.setFloat64(SLOT_LAYOUT.frameNumber, frame, true);
    view.setFloat64(SLOT_LAYOUT.renderedAtMs, performance.timeOrigin + performance.now(), true);
    view.setFloat64(SLOT_LAYOUT.renderMs, metadata.renderMs ?? Number.NaN, true);
    view.setFloat64(SLOT_LAYOUT.eventTimestampMs, metadata.eventTimestamp ?? Number.NaN, true);
    view.setUint32(SLOT_LAYOUT.viewWidth, viewWidth, true);
    view.setUint32(SLOT_LAYOUT.viewHeight, viewHeight, true);
    this.sequence.end();
  }

  /** Number of the frame, from 1; null before the first, and for a number that no frame has. */
  get frame(): number | null {
    const frame = this.#view.getFloat64(SLOT_LAYOUT.frameNumber, true);
    return Number.isSafeInteger(frame) && frame > 0 ? frame : null;
  }

  get metadata(): FrameMetadata {
    return {
      frame: this.frame,
      renderedAt: this.#finite(SLOT_LAYOUT.renderedAtMs),
      renderMs: this.#finite(SLOT_LAYOUT.renderMs),
      eventTimestamp: this.#finite(SLOT_LAYOUT.eventTimestampMs),
      still: (this.#view.getUint32(SLOT_LAYOUT.flags, true) & SLOT_FLAG.still) !== 0,
      viewSize: this.#viewSize(),
    };
  }

  #finite(offset: number): number | null {
    const value = this.#view.getFloat64(offset, true);
    return Number.isFinite(value) ? value : null;
  }

  #viewSize(): [width: number, height: number] | null {
    const width = this.#view.getUint32(SLOT_LAYOUT.viewWidth, true);
    const height = this.#view.getUint32(SLOT_LAYOUT.viewHeight, true);
    return [width, height].every((side) => side > 0 && side <= MAX_SIDE) ? [width, height] : null;
  }
}
