import type { FrameCopy } from "../memory/frame-reader.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import { MAX_TIMER_MS } from "../stream/show-interaction.ts";

/** RTP clock rate of video, ticks per second (RFC 3551, section 5). */
const CLOCK_RATE = 90_000;
const TIME_BASE = { numerator: 1, denominator: CLOCK_RATE } as const;
/** Interval at which a still frame is repeated, ms: 30 a second, as in FURY. */
export const REPEAT_MS = 1000 / 30;

/** A frame as aiortc's VideoFrame describes it. The pixels belong to the caller. */
export interface VideoFrame extends PixelImage {
  /** width * height packed pixels, 3 or 4 bytes each as `format` says. */
  data: Uint8Array<ArrayBuffer>;
  /** Whether the first row is the lowest, as in the image buffers of FURY's layout; FURY's are top-down. */
  bottomUp: boolean;
  /** Presentation time in units of {@link timeBase}: 0 for the first frame, then strictly increasing. */
  pts: number;
  /** Seconds in one unit of {@link pts}, as a fraction. */
  timeBase: typeof TIME_BASE;
  /** Whether this repeats the previous frame, because no new one arrived within {@link REPEAT_MS}. Default false. */
  repeated?: boolean;
}

/**
 * FURY's RTCServer: returns the frames of an image buffer manager one after the other, as a video track requests them. Frames
 * that arrive faster than {@link recv} is called are skipped: the newest is returned. The manager is read only during a
 * {@link recv}, and the caller keeps it open.
 */
export class RTCServer implements Disposable {
  readonly #images: SharedImage;
  /** The promise of the pending calls of {@link recv}. */
  #answer: Promise<VideoFrame> | null = null;
  /** Delivers a new frame to the pending calls, or the error that ends them; does nothing without one. */
  #check = () => {};
  #released = false;
  /** Identity of the last returned frame: the producer's frame number, or its buffer and pixels if the producer does not number frames. */
  #returned: { number: number | null; buffer: number; hash: bigint | null } | null = null;
  #startMs = 0;
  #lastPts = -1;

  constructor(imageBufferManager: SharedImage) {
    this.#images = imageBufferManager;
  }

  /**
   * The newest frame that was not returned yet, or else the next one. If none arrives within {@link REPEAT_MS}, the previous
   * frame is repeated; before the first frame there is no timeout. Concurrent calls get the same frame. Waiting keeps the
   * process alive. A plain FURY producer does not number its frames: one is new if it is in another buffer or has other
   * pixels than the last one.
   * @throws (as a rejection) RTCServerReleasedError after {@link release}, which also ends the waiting with it;
   *   MemoryLayoutError or SharedMemoryError when the manager was closed.
   */
  recv(): Promise<VideoFrame> {
    if (this.#answer !== null && !this.#released) return this.#answer;
    const answer = this.#next();
    const forget = () => {
      this.#answer = null;
    };
    answer.then(forget, forget);
    this.#answer = answer;
    return answer;
  }

  /** Releases it: pending and later calls of {@link recv} reject. Idempotent. */
  release(): void {
    this.#released = true;
    this.#check();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async #next(): Promise<VideoFrame> {
    const found = this.#takeNew();
    if (found !== null) return found;
    const { promise, resolve, reject } = Promise.withResolvers<VideoFrame>();
    using waiting = new DisposableStack();
    const deliver = (take: () => VideoFrame | null) => {
      if (waiting.disposed) return;
      try {
        const frame = take();
        if (frame === null) return;
        resolve(frame);
      } catch (error) {
        reject(error);
      }
      waiting.dispose();
    };
    this.#check = () => deliver(() => this.#takeNew());
    const keepAlive = setInterval(() => {}, MAX_TIMER_MS);
    waiting.defer(() => clearInterval(keepAlive));
    waiting.adopt(this.#images.watchFrames(this.#check), (watch) => watch.close());
    if (this.#returned !== null) {
      const repeat = setTimeout(() => deliver(() => this.#takeAny()), REPEAT_MS);
      waiting.defer(() => clearTimeout(repeat));
    }
    // A frame may have been written before the watch began.
    this.#check();
    return await promise;
  }

  #takeNew(): VideoFrame | null {
    if (this.#released) throw new RTCServerReleasedError();
    const returned = this.#returned?.number ?? null;
    if (returned !== null && this.#images.newestFrame?.frame === returned) return null;
    const frame = this.#images.read();
    return frame !== null && this.#isNew(frame) ? this.#take(frame, false) : null;
  }

  #takeAny(): VideoFrame | null {
    const frame = this.#images.read();
    return frame && this.#take(frame, !this.#isNew(frame));
  }

  #take(frame: FrameCopy, repeated: boolean): VideoFrame {
    const { width, height, format, bottomUp, data, buffer, frame: number } = frame;
    // Hashed before the pixels are handed to the caller, which may change them.
    this.#returned = { number, buffer, hash: number === null ? Bun.hash.xxHash3(data) : null };
    const now = performance.now();
    if (this.#lastPts < 0) this.#startMs = now;
    this.#lastPts = Math.max(this.#lastPts + 1, Math.round(((now - this.#startMs) * CLOCK_RATE) / 1000));
    const image = { width, height, format, bottomUp, data };
    return { ...image, pts: this.#lastPts, timeBase: TIME_BASE, repeated };
  }

  /** Whether this frame differs from the last one that was returned. */
  #isNew({ frame, buffer, data }: FrameCopy): boolean {
    const returned = this.#returned;
    if (returned === null) return true;
    if (frame !== null) return frame !== returned.number;
    return buffer !== returned.buffer || Bun.hash.xxHash3(data) !== returned.hash;
  }
}

/** {@link RTCServer.recv} was called on an RTCServer that was released. */
export class RTCServerReleasedError extends Error {
  override readonly name = "RTCServerReleasedError";

  constructor() {
    super("This RTCServer was released and returns no more frames; create a new one.");
  }
}
