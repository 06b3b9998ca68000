import type { Closable } from "../memory/closable.ts";
import type { FrameCopy } from "../memory/frame-reader.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import { RTCServerReleasedError } from "../server/errors.ts";

/** Ticks per second of the clock that video over RTP counts in (RFC 3551, section 5). */
const CLOCK_RATE = 90_000;
const TIME_BASE = { numerator: 1, denominator: CLOCK_RATE } as const;
/** Interval at which a still frame is repeated, ms: 30 a second, as in FURY. */
export const REPEAT_MS = 1000 / 30;
/** The longest that a timer waits. */
const FOREVER_MS = 0x7fffffff;

/** A frame as aiortc's VideoFrame describes it. The pixels are the caller's to keep. */
export interface VideoFrame extends PixelImage {
  /** width * height packed pixels, 3 or 4 bytes each as `format` says. */
  data: Uint8Array<ArrayBuffer>;
  /** The first row is the lowest, as in the image buffers; FURY's frames are turned over. */
  bottomUp: true;
  /** When it was given, in units of {@link timeBase} since the first: 0 for that, and more for each. */
  pts: number;
  /** Seconds in one unit of {@link pts}, as a fraction. */
  timeBase: typeof TIME_BASE;
  /** Whether this repeats the previous frame, because no new one arrived within {@link REPEAT_MS}. Default false. */
  repeated?: boolean;
}

/** What a frame that was given is known by: its producer's number, or, where there is none, place and pixels. */
interface GivenFrame {
  number: number | null;
  buffer: number;
  hash: bigint | null;
}

/**
 * FURY's RTCServer: gives the frames of an image buffer manager one after the other, as a video track asks for them. Of
 * frames that come faster than they are asked for only the newest is given. It looks at the manager only while somebody
 * waits in {@link recv}; the manager stays its owner's.
 */
export class RTCServer implements Disposable {
  readonly #images: SharedImage;
  /** Those who wait, until a frame has come. */
  #waiting: PromiseWithResolvers<VideoFrame> | null = null;
  /** What who asks now gets too. */
  #answer: Promise<VideoFrame> | null = null;
  #watch: Closable | null = null;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #repeat: ReturnType<typeof setTimeout> | undefined;
  #released = false;
  #given: GivenFrame | null = null;
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
    if (this.#released) return Promise.reject(new RTCServerReleasedError());
    if (this.#answer !== null) return this.#answer;
    this.#waiting = Promise.withResolvers<VideoFrame>();
    const answer = this.#waiting.promise;
    this.#answer = answer;
    const forget = () => {
      if (this.#answer === answer) this.#answer = null;
    };
    answer.then(forget, forget);
    this.#look();
    try {
      if (this.#waiting !== null) this.#wait();
    } catch (error) {
      this.#stopWaiting()?.reject(error);
    }
    return answer;
  }

  /** Ends it: who waits, and who asks later, is told so by an error. Idempotent. */
  release(): void {
    this.#released = true;
    this.#stopWaiting()?.reject(new RTCServerReleasedError());
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #wait(): void {
    this.#keepAlive = setInterval(() => {}, FOREVER_MS);
    this.#watch = this.#images.watchFrames(() => this.#look());
    if (this.#given !== null) this.#repeat = setTimeout(() => this.#repeatFrame(), REPEAT_MS);
    // For a frame that came before the watch began.
    this.#look();
  }

  #look(): void {
    if (this.#waiting === null) return;
    try {
      const frame = this.#takeNew();
      if (frame !== null) this.#deliver(frame, false);
    } catch (error) {
      this.#stopWaiting()?.reject(error);
    }
  }

  #repeatFrame(): void {
    try {
      const frame = this.#images.read();
      if (frame !== null) this.#deliver(frame, !this.#isNew(frame));
    } catch (error) {
      this.#stopWaiting()?.reject(error);
    }
  }

  #deliver(frame: FrameCopy, repeated: boolean): void {
    this.#given = {
      number: frame.frame,
      buffer: frame.buffer,
      // Hashed before the pixels are handed to the caller, which may change them.
      hash: frame.frame === null ? Bun.hash.xxHash3(frame.data) : null,
    };
    this.#stopWaiting()?.resolve({ ...this.#stamped(frame), repeated });
  }

  #takeNew(): FrameCopy | null {
    const given = this.#given;
    if (given !== null && given.number !== null && this.#images.newestFrame?.frame === given.number)
      return null;
    const frame = this.#images.read();
    return frame !== null && this.#isNew(frame) ? frame : null;
  }

  /** Whether this frame is another one than the last that was given. */
  #isNew({ frame, buffer, data }: FrameCopy): boolean {
    const given = this.#given;
    if (given === null) return true;
    if (frame !== null) return frame !== given.number;
    return buffer !== given.buffer || Bun.hash.xxHash3(data) !== given.hash;
  }

  #stamped({ width, height, format, bottomUp, data }: FrameCopy): VideoFrame {
    const now = performance.now();
    if (this.#lastPts < 0) this.#startMs = now;
    const pts = Math.max(this.#lastPts + 1, Math.round(((now - this.#startMs) * CLOCK_RATE) / 1000));
    this.#lastPts = pts;
    return { width, height, format, bottomUp, data, pts, timeBase: TIME_BASE };
  }

  #stopWaiting(): PromiseWithResolvers<VideoFrame> | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#watch?.close();
    this.#watch = null;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#repeat);
    return waiting;
  }
}
