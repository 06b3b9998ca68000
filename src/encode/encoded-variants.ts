import { Backoff } from "../util/backoff.ts";
import type { EncodedFrame, Quality, RawFrame, Size } from "./frame.ts";

/** Encodes a frame in one quality; see JpegEncoder. The pixels must not change until the promise settles. */
export interface FrameEncoder {
  /** @param size to scale the frame to, letterboxed; null: its own size */
  encode(frame: RawFrame, quality: Quality, size: Size | null): Promise<EncodedFrame>;
}

/** One frame in each requested quality and size, each encoded once. */
export class EncodedVariants {
  /** Start of the view's still period, `performance.now()`; null while it may move. */
  stillSince: number | null;
  readonly #frame: RawFrame;
  readonly #encoded = new Map<string, EncodedFrame>();
  /** Keys of the encodings in progress. */
  readonly #inProgress = new Set<string>();
  /** Backoff of the encodings that failed, by key. */
  readonly #backoffs = new Map<string, RetryBackoff>();
  /** Whether the frame's buffer still holds its pixels. To be set to false before another frame is copied into it. */
  hasPixels = true;

  constructor(frame: RawFrame, stillSince: number | null) {
    this.#frame = frame;
    this.stillSince = stillSince;
  }

  get number(): number {
    return this.#frame.number;
  }

  get size(): Size {
    return this.#frame;
  }

  /** Size of the view; larger than the frame if the frame is a draft in reduced resolution. */
  get viewSize(): Size {
    const [width, height] = this.#frame.viewSize ?? [this.#frame.width, this.#frame.height];
    return { width, height };
  }

  /** The encoding in this quality and size; null: the frame's own size. */
  get(quality: Quality, size: Size | null): EncodedFrame | undefined {
    return this.#encoded.get(keyOf(quality, size));
  }

  /** The first encoding of this size, in any quality. */
  findBySize(size: Size | null): EncodedFrame | undefined {
    const { width, height } = size ?? this.#frame;
    return [...this.#encoded.values()].find((frame) => frame.width === width && frame.height === height);
  }

  /** Bytes of the encoding in this quality and size; an upper estimate until it exists. */
  bytesOf(quality: Quality, size: Size | null): number {
    const encoded = this.get(quality, size);
    if (encoded !== undefined) return encoded.bytes.byteLength;
    // Measured for "still": 2.4 times the bytes of level 0, 4.2 times those of level 2.
    return 4 * Math.max(0, ...[...this.#encoded.values()].map(({ bytes }) => bytes.byteLength));
  }

  /** Whether this encoding can start now: it is not in progress, and not in the backoff after a failure. */
  canEncode(quality: Quality, size: Size | null): boolean {
    const key = keyOf(quality, size);
    const isDue = performance.now() >= this.retryAt(quality, size);
    return this.hasPixels && !this.#inProgress.has(key) && isDue;
  }

  /** Encodes the frame. After a rejection it can be retried at {@link retryAt}. */
  async encode(quality: Quality, size: Size | null, encoder: FrameEncoder): Promise<EncodedFrame> {
    const key = keyOf(quality, size);
    this.#inProgress.add(key);
    try {
      const encoded = await encoder.encode(this.#frameFor(quality, size), quality, size);
      this.#encoded.set(key, encoded);
      return encoded;
    } catch (error) {
      const backoff = this.#backoffs.get(key) ?? new RetryBackoff();
      backoff.onFailure();
      this.#backoffs.set(key, backoff);
      throw error;
    } finally {
      this.#inProgress.delete(key);
    }
  }

  /** Earliest time of this encoding, `performance.now()`: the end of the backoff after its newest failure. */
  retryAt(quality: Quality, size: Size | null): number {
    return this.#backoffs.get(keyOf(quality, size))?.retryAt ?? 0;
  }

  #frameFor(quality: Quality, size: Size | null): RawFrame {
    // A copy of the pixels, so that the next frame does not wait for an encoding that is not live.
    return isLive(quality, size) ? this.#frame : { ...this.#frame, data: this.#frame.data.slice() };
  }
}

/** Whether it is a live encoding: of a moving view, in the original size shared by all viewers of the level. The next frame waits for it. */
export function isLive(quality: Quality, size: Size | null): boolean {
  return typeof quality === "number" && size === null;
}

function keyOf(quality: Quality, size: Size | null): string {
  return size === null ? `${quality}` : `${quality} ${size.width}x${size.height}`;
}

/** Delay before a failed encoding is retried, ms. */
const MIN_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;

/** Backoff of an encoding that fails. */
export class RetryBackoff {
  readonly #backoff = new Backoff({ first: MIN_DELAY_MS, max: MAX_DELAY_MS });
  /** Earliest time of the next attempt, `performance.now()`. */
  retryAt = 0;

  onFailure(): void {
    this.retryAt = performance.now() + this.#backoff.next();
  }

  onSuccess(): void {
    this.#backoff.reset();
  }
}
