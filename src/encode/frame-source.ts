import type { Closable } from "../memory/closable.ts";
import type { FrameCopy } from "../memory/frame-reader.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { guarded } from "../native/guarded.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { FrameInfo, FrameProvider, RawFrame } from "./frame.ts";
import { FrameCopyBuffer } from "./frame-copy-buffer.ts";

/** What is known of the newest frame without its picture, all of the same frame. */
export interface NewestFrame {
  /** As {@link FrameSource.frameNumber}. */
  readonly number: number;
  /** px */
  readonly width: number;
  readonly height: number;
  readonly viewSize: FrameInfo["viewSize"];
  /** Whether it is the full-quality picture of a view at rest; false where not known. */
  readonly still: boolean;
  /** What it was rendered from; null where not known. */
  readonly camera: CameraState | null;
}

/**
 * The newest whole frame of whatever image buffers it is attached to. They may come and go while it is used: frames are
 * counted on, and who listens stays. It does not own the managers that it is given.
 *
 * A renderer of ours sleeps when nobody looks, so it is always watched (by a futex, at no cost). A plain FURY producer
 * never sleeps: it is polled only until its first frame is there, and while somebody listens.
 */
export class FrameSource implements FrameProvider {
  readonly #onAnyFrame: () => void;
  readonly #onFirstFrame: () => void;
  /** Calls a listener; its error is logged and does not stop the other listeners. */
  readonly #notify = guarded("A new frame could not be handled", (listener: () => void) => listener());
  readonly #listeners = new Set<() => void>();
  #manager: SharedImage | null = null;
  #watch: Closable | null = null;
  #number = 0;
  #noticedAtMs = 0;
  #hasFrame = false;
  #newest: NewestFrame | null = null;
  /** The producer's own number of the newest frame that was seen; null before, and where it tells none. */
  #ownNumber: number | null = null;
  readonly #live = new FrameCopyBuffer((buffer) => this.#manager?.read(buffer) ?? null);

  /** `onFrame` hears of frames that are noticed, `onFirstFrame` of the first after each attach; neither keeps it looking. */
  constructor(on: { onFrame?: () => void; onFirstFrame?: () => void } = {}) {
    this.#onAnyFrame = on.onFrame ?? (() => {});
    this.#onFirstFrame = on.onFirstFrame ?? (() => {});
  }

  /**
   * Counted from 1 over all attachments; 0 before the first frame ever. Of a producer that numbers its frames all are
   * counted, seen or not; of another those whose coming was noticed.
   */
  get frameNumber(): number {
    return this.#number;
  }

  /** Whether what it is attached to has shown a frame. */
  get hasFrame(): boolean {
    return this.#hasFrame;
  }

  /** The newest frame as it is now, copied or not; after {@link detach} the last there was. Null before the first. */
  get newest(): NewestFrame | null {
    const frame = this.#hasFrame ? this.#manager?.newestFrame : undefined;
    if (frame) {
      this.#follow(frame.frame);
      const { width, height, viewSize, still, camera } = frame;
      this.#newest = { number: this.#number, width, height, viewSize, still, camera };
    }
    return this.#newest;
  }

  get attached(): boolean {
    return this.#manager !== null;
  }

  /** Why there is no frame now, in words; empty where there is one. */
  get problem(): string {
    return this.#manager === null ? "no renderer is attached" : this.#manager.problem;
  }

  /** Takes frames from these buffers from now on. */
  attach(manager: SharedImage): void {
    this.detach();
    this.#manager = manager;
    this.#watchAsNeeded();
    this.#onChange();
  }

  /** Forgets the buffers; listeners stay. Idempotent. */
  detach(): void {
    void this.newest;
    this.#watch?.close();
    this.#watch = null;
    this.#manager = null;
    this.#hasFrame = false;
    this.#ownNumber = null;
  }

  onFrame(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#watch === null && this.#hasFrame) this.#noticed(null);
    this.#watchAsNeeded();
    return () => {
      this.#listeners.delete(listener);
      this.#watchAsNeeded();
    };
  }

  /**
   * A copy of the newest frame in a buffer that the next call uses again; null when there is none, and then nothing is in
   * that buffer.
   */
  copyNewest(): RawFrame | null {
    return this.#copy(this.#live);
  }

  /** The same frames, with a buffer of their own for {@link FrameProvider.copyNewest}: for who encodes beside another. */
  another(): FrameProvider {
    const live = new FrameCopyBuffer((buffer) => this.#manager?.read(buffer) ?? null);
    const frameNumber = () => this.#number;
    return {
      get frameNumber() {
        return frameNumber();
      },
      onFrame: (listener) => this.onFrame(listener),
      copyNewest: () => this.#copy(live),
    };
  }

  /** A copy of the newest frame in a buffer of the caller's own; null when there is none. */
  copyForKeeps(): RawFrame | null {
    const frame = this.#manager?.read() ?? null;
    return frame === null ? null : this.#toRaw(frame);
  }

  #copy(live: FrameCopyBuffer): RawFrame | null {
    const frame = live.copyNewest();
    return frame === null ? null : this.#toRaw(frame);
  }

  #toRaw(frame: FrameCopy): RawFrame {
    this.#follow(frame.frame);
    const { width, height, format, bottomUp, data, renderMs, viewSize, unchanged } = frame;
    return {
      ...{ number: this.#number, width, height, format, bottomUp, data, renderMs, viewSize, unchanged },
      renderedAtMs: frame.renderedAt ?? this.#noticedAtMs,
      eventMs: frame.eventTimestamp,
      still: frame.frame === null ? null : frame.still,
    };
  }

  #onChange(): void {
    const frame = this.#manager?.newestFrame ?? null;
    const first = !this.#hasFrame;
    if (first && frame === null) return;
    this.#hasFrame = true;
    this.#noticed(frame?.frame ?? null);
    this.#watchAsNeeded();
    if (first) this.#notify(this.#onFirstFrame);
    this.#notify(this.#onAnyFrame);
    for (const listener of [...this.#listeners]) this.#notify(listener);
  }

  /** Counts up to a frame whose producer numbers it. */
  #follow(ownNumber: number | null): void {
    if (ownNumber === null || ownNumber === this.#ownNumber) return;
    const ahead = this.#ownNumber === null ? 1 : ownNumber - this.#ownNumber;
    this.#number += Math.max(1, ahead);
    this.#ownNumber = ownNumber;
  }

  /** Counts a frame, one without a number of its producer's too. */
  #noticed(ownNumber: number | null): void {
    if (ownNumber === null) this.#number++;
    else this.#follow(ownNumber);
    this.#noticedAtMs = performance.timeOrigin + performance.now();
  }

  #watchAsNeeded(): void {
    const manager = this.#manager;
    if (manager === null) return;
    const needed = manager.isExtended || this.#listeners.size > 0 || !this.#hasFrame;
    if (needed) {
      this.#watch ??= manager.watchFrames(() => this.#onChange());
    } else {
      this.#watch?.close();
      this.#watch = null;
    }
  }
}
