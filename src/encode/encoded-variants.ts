import type { EncodedFrame, Quality, RawFrame, Size } from "./frame.ts";
import { RetryBackoff } from "./retry-backoff.ts";

/** What makes a frame small; see JpegEncoder. The pixels stay unchanged until it settles. */
export interface FrameEncoder {
  /** @param size to scale the picture to, letterboxed; null: its own size */
  encode(frame: RawFrame, quality: Quality, size: Size | null): Promise<EncodedFrame>;
}

/** One frame in each requested quality and size, each encoded once. */
export class EncodedVariants {
  /** When its view came to rest, `performance.now()`; null while it may move. */
  stillSince: number | null;
  readonly #frame: RawFrame;
  readonly #made = new Map<string, EncodedFrame>();
  /** Keys of the encodings in progress. */
  readonly #inProgress = new Set<string>();
  /** Backoff of the encodings that failed, by key. */
  readonly #backoffs = new Map<string, RetryBackoff>();
  /** Whether the memory of the frame has its pixels still. */
  #hasPixels = true;

  /** `frame`: until {@link releasePixels} its memory is not written to. */
  constructor(frame: RawFrame, restsSince: number | null) {
    this.#frame = frame;
    this.stillSince = restsSince;
  }

  get number(): number {
    return this.#frame.number;
  }

  get size(): Size {
    return this.#frame;
  }

  /** Size of the view that it shows; larger than the picture if that is a draft in reduced resolution. */
  get viewSize(): Size {
    const [width, height] = this.#frame.viewSize ?? [this.#frame.width, this.#frame.height];
    return { width, height };
  }

  get hasPixels(): boolean {
    return this.#hasPixels;
  }

  /** The encoding in this quality and size; null: the picture's own size. */
  get(quality: Quality, size: Size | null): EncodedFrame | undefined {
    return this.#made.get(keyOf(quality, size));
  }

  /** The first encoding of this size, in any quality. */
  anyOfSize(size: Size | null): EncodedFrame | undefined {
    const { width, height } = size ?? this.#frame;
    return [...this.#made.values()].find((made) => made.width === width && made.height === height);
  }

  /** Bytes of the encoding in this quality and size; an upper estimate until it exists. */
  bytesOf(quality: Quality, size: Size | null): number {
    const made = this.get(quality, size);
    if (made !== undefined) return made.bytes.byteLength;
    // Measured: 2.4 times those of tier 0, 4.2 of tier 2.
    return 4 * Math.max(0, ...[...this.#made.values()].map(({ bytes }) => bytes.byteLength));
  }

  /** Whether this encoding can start now: it is not in progress, and not in the backoff after a failure. */
  canEncode(quality: Quality, size: Size | null): boolean {
    const key = keyOf(quality, size);
    const retryAt = this.#backoffs.get(key)?.retryAt ?? 0;
    return this.#hasPixels && !this.#inProgress.has(key) && performance.now() >= retryAt;
  }

  /** Encodes. After a rejection it can be retried after {@link retryAfterMs}. */
  async encode(quality: Quality, size: Size | null, encoder: FrameEncoder): Promise<EncodedFrame> {
    const key = keyOf(quality, size);
    this.#inProgress.add(key);
    try {
      const encoded = await encoder.encode(this.#frameFor(quality, size), quality, size);
      this.#made.set(key, encoded);
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

  /** Backoff delay after the newest failure of this encoding, ms. */
  retryAfterMs(quality: Quality, size: Size | null): number {
    return this.#backoffs.get(keyOf(quality, size))?.delayMs ?? 0;
  }

  /** To be called before another frame is put into this one's memory. */
  releasePixels(): void {
    this.#hasPixels = false;
  }

  #frameFor(quality: Quality, size: Size | null): RawFrame {
    // A copy of the pixels, so that the next frame does not wait for an encoding that is not live.
    return isLive(quality, size) ? this.#frame : { ...this.#frame, data: this.#frame.data.slice() };
  }
}

/** Whether it is a live encoding: of a moving view, in the original size shared by all viewers of the tier. The next frame waits for it. */
export function isLive(quality: Quality, size: Size | null): boolean {
  return typeof quality === "number" && size === null;
}

function keyOf(quality: Quality, size: Size | null): string {
  return size === null ? `${quality}` : `${quality} ${size.width}x${size.height}`;
}
