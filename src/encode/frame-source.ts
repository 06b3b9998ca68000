import {
  type FrameCopy,
  type NewestFrame as NewestImageFrame,
  reusableBuffer,
} from "../memory/frame-reader.ts";
import type { Closable } from "../memory/memory-segment.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { guarded } from "../native/guarded.ts";
import type { FrameProvider, RawFrame } from "./frame.ts";

/** Metadata of the newest frame, without its pixels. `number`: see {@link FrameSource.frameNumber}. */
export type NewestFrame = { readonly number: number } & Readonly<
  Pick<NewestImageFrame, "width" | "height" | "viewSize" | "still" | "camera">
>;

/**
 * The newest consistent frame of the attached image. Images may be attached and detached at any time: frame numbers continue, and
 * listeners stay. It does not own the images.
 *
 * This project's renderer is always watched (by a futex, at no cost), since it sleeps without demand. A plain FURY producer never sleeps:
 * it is polled only until its first frame, and while there are listeners.
 */
export class FrameSource implements FrameProvider {
  readonly #onAnyFrame: () => void;
  readonly #onFirstFrame: () => void;
  /** Calls a listener; its error is logged and does not stop the other listeners. */
  readonly #notify = guarded("Cannot handle a new frame", (listener: () => void) => listener());
  readonly #listeners = new Set<() => void>();
  #image: SharedImage | null = null;
  #watch: Closable | null = null;
  /**
   * Number of the newest frame, counted from 1 over all attachments; 0 before the first. Includes frames that were not detected, if
   * the producer numbers its frames.
   */
  frameNumber = 0;
  /** When the newest frame was detected, ms since 1970. */
  #detectedAtMs = 0;
  /** Whether the attached image has had a frame. */
  hasFrame = false;
  #newest: NewestFrame | null = null;
  /** The producer's number of the newest detected frame; null before the first, and if it does not number its frames. */
  #producerNumber: number | null = null;
  readonly #copyReused = this.#createCopier();

  /** `onFrame` is called for each detected frame, `onFirstFrame` for the first after each attach; neither counts as a listener. */
  constructor(on: { onFrame?: () => void; onFirstFrame?: () => void } = {}) {
    this.#onAnyFrame = on.onFrame ?? (() => {});
    this.#onFirstFrame = on.onFirstFrame ?? (() => {});
  }

  /** The newest frame, copied or not; after {@link detach} the last one. Null before the first. */
  get newest(): NewestFrame | null {
    const frame = this.hasFrame ? this.#image?.newestFrame : undefined;
    if (frame) {
      this.#advanceTo(frame.frame);
      const { width, height, viewSize, still, camera } = frame;
      this.#newest = { number: this.frameNumber, width, height, viewSize, still, camera };
    }
    return this.#newest;
  }

  /** Why there is no frame now, for people; empty if there is one. */
  get problem(): string {
    return this.#image === null ? "no renderer is attached" : this.#image.problem;
  }

  /** Reads frames from this image from now on. */
  attach(image: SharedImage): void {
    this.detach();
    this.#image = image;
    this.#updateWatch();
    this.#onChange();
  }

  /** Detaches the image; listeners stay. Idempotent. */
  detach(): void {
    void this.newest;
    this.#watch?.close();
    this.#watch = null;
    this.#image = null;
    this.hasFrame = false;
    this.#producerNumber = null;
  }

  onFrame(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#watch === null && this.hasFrame) this.#onDetected(null);
    this.#updateWatch();
    return () => {
      this.#listeners.delete(listener);
      this.#updateWatch();
    };
  }

  /** See {@link FrameProvider.copyNewest}. */
  copyNewest(): RawFrame | null {
    return this.#copyReused();
  }

  /** A provider of the same frames with its own copy buffer, for a second encoder. */
  createProvider(): FrameProvider {
    const copyNewest = this.#createCopier();
    const frameNumber = () => this.frameNumber;
    return {
      get frameNumber() {
        return frameNumber();
      },
      onFrame: (listener) => this.onFrame(listener),
      copyNewest,
    };
  }

  /** Copies the newest frame into a new buffer; null without a frame. */
  copyToNewBuffer(): RawFrame | null {
    const frame = this.#image?.read() ?? null;
    return frame === null ? null : this.#toRaw(frame);
  }

  /** Returns a function that copies the newest frame into a buffer of its own, or null without a frame. */
  #createCopier(): () => RawFrame | null {
    const buffer = reusableBuffer();
    /** Size, format and order of the rows of the frame in the buffer; empty if it holds no consistent frame. */
    let shape = "";
    return () => {
      const previousShape = shape;
      shape = "";
      const frame = this.#image?.read(buffer) ?? null;
      if (frame === null) return null;
      shape = `${frame.width}x${frame.height} ${frame.format} ${frame.bottomUp}`;
      return this.#toRaw({ ...frame, unchanged: frame.unchanged && shape === previousShape });
    };
  }

  #toRaw(frame: FrameCopy): RawFrame {
    this.#advanceTo(frame.frame);
    const { width, height, format, bottomUp, data, renderMs, viewSize, unchanged } = frame;
    return {
      ...{ number: this.frameNumber, width, height, format, bottomUp, data, renderMs, viewSize, unchanged },
      renderedAtMs: frame.renderedAt ?? this.#detectedAtMs,
      eventMs: frame.eventTimestamp,
      still: frame.frame === null ? null : frame.still,
    };
  }

  #onChange(): void {
    const frame = this.#image?.newestFrame ?? null;
    const first = !this.hasFrame;
    if (first && frame === null) return;
    this.hasFrame = true;
    this.#onDetected(frame?.frame ?? null);
    this.#updateWatch();
    if (first) this.#notify(this.#onFirstFrame);
    this.#notify(this.#onAnyFrame);
    for (const listener of [...this.#listeners]) this.#notify(listener);
  }

  /** Advances the frame number to a frame that its producer has numbered. */
  #advanceTo(producerNumber: number | null): void {
    if (producerNumber === null || producerNumber === this.#producerNumber) return;
    const ahead = this.#producerNumber === null ? 1 : producerNumber - this.#producerNumber;
    this.frameNumber += Math.max(1, ahead);
    this.#producerNumber = producerNumber;
  }

  /** Counts a detected frame; null: its producer does not number frames. */
  #onDetected(producerNumber: number | null): void {
    if (producerNumber === null) this.frameNumber++;
    else this.#advanceTo(producerNumber);
    this.#detectedAtMs = performance.timeOrigin + performance.now();
  }

  #updateWatch(): void {
    const image = this.#image;
    if (image === null) return;
    const needed = image.isExtended || this.#listeners.size > 0 || !this.hasFrame;
    if (needed) {
      this.#watch ??= image.watchFrames(() => this.#onChange());
    } else {
      this.#watch?.close();
      this.#watch = null;
    }
  }
}
