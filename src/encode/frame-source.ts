import type { CurrentFrame } from "../memory/frame-reader.ts";
import type { Closable, GenericImageBufferManager } from "../memory/image-buffer-manager.ts";
import type { FrameProvider } from "./broadcast.ts";
import type { RawFrame } from "./frame.ts";

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
  readonly #listeners = new Set<() => void>();
  #manager: GenericImageBufferManager | null = null;
  #watch: Closable | null = null;
  #number = 0;
  #noticedAtMs = 0;
  #hasFrame = false;
  #newest: { width: number; height: number; still: boolean } | null = null;
  /** The last copy's number here, and its producer's own number for it. */
  #copied: { number: number; frame: number | null } = { number: 0, frame: null };
  /** Where live frames are copied to. The manager's own memory is for snapshots, taken while one is being encoded. */
  #live = new Uint8Array(new ArrayBuffer(0));

  /** `onFrame` hears of frames that are noticed, `onFirstFrame` of the first after each attach; neither keeps it looking. */
  constructor(on: { onFrame?: () => void; onFirstFrame?: () => void } = {}) {
    this.#onAnyFrame = on.onFrame ?? (() => {});
    this.#onFirstFrame = on.onFirstFrame ?? (() => {});
  }

  /** Counted from 1 over all attachments; 0 before the first frame ever. */
  get frameNumber(): number {
    return this.#number;
  }

  /** Whether what it is attached to has shown a frame. */
  get hasFrame(): boolean {
    return this.#hasFrame;
  }

  /** Of the newest frame that was copied, in px, and whether it is the picture of a view at rest; null before. */
  get newest(): { width: number; height: number; still: boolean } | null {
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
  attach(manager: GenericImageBufferManager): void {
    this.detach();
    this.#manager = manager;
    this.#watchAsNeeded();
    this.#onChange();
  }

  /** Forgets the buffers; listeners stay. Idempotent. */
  detach(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#manager = null;
    this.#hasFrame = false;
    this.#copied = { number: this.#copied.number, frame: null };
  }

  onFrame(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#watch === null && this.#hasFrame) this.#noticed();
    this.#watchAsNeeded();
    return () => {
      this.#listeners.delete(listener);
      this.#watchAsNeeded();
    };
  }

  /**
   * A copy of the newest frame in a buffer that the next call uses again; null when there is none. Where it turns out
   * to be the frame that was copied last, it has that one's number, and so has {@link frameNumber}.
   */
  copyNewest(): RawFrame | null {
    const frame = this.#readLive();
    if (frame === null) return null;
    const same = frame.frame !== null && frame.frame === this.#copied.frame;
    if (same) this.#number = this.#copied.number;
    else this.#copied = { number: this.#number, frame: frame.frame };
    return this.#toRaw(frame);
  }

  /** A copy of the newest frame in a buffer of the caller's own; null when there is none. */
  copyForKeeps(): RawFrame | null {
    const frame = this.#read();
    return frame === null ? null : { ...this.#toRaw(frame), data: frame.data.slice() };
  }

  #read(target?: Uint8Array<ArrayBuffer>): CurrentFrame | null {
    const frame = this.#manager?.getCurrentFrame(target) ?? null;
    if (frame !== null) this.#newest = { width: frame.width, height: frame.height, still: frame.still };
    return frame;
  }

  #readLive(): CurrentFrame | null {
    try {
      return this.#read(this.#live);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The frame is larger than any before.
      const frame = this.#read();
      if (frame === null) return null;
      this.#live = new Uint8Array(frame.data);
      return { ...frame, data: this.#live };
    }
  }

  #toRaw(frame: CurrentFrame): RawFrame {
    const { width, height, format, bottomUp, data } = frame;
    const renderedAtMs = frame.renderedAt ?? this.#noticedAtMs;
    return {
      number: this.#number,
      width,
      height,
      format,
      bottomUp,
      data,
      renderedAtMs,
      eventMs: frame.eventTimestamp,
    };
  }

  #onChange(): void {
    const first = !this.#hasFrame;
    if (first && this.#read() === null) return;
    this.#hasFrame = true;
    this.#noticed();
    this.#watchAsNeeded();
    if (first) this.#onFirstFrame();
    this.#onAnyFrame();
    for (const listener of [...this.#listeners]) listener();
  }

  #noticed(): void {
    this.#number++;
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
