import { setTimeout as pause } from "node:timers/promises";
import { reusableBuffer } from "../memory/frame-reader.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { encodeJpeg, encodeJpegSync, type JpegOptions } from "../native/jpeg.ts";
import { MAX_TIMER_MS } from "../stream/show-interaction.ts";

/** High quality, since the JPEG may be stored. */
const OPTIONS: JpegOptions = { quality: 95, subsampling: "4:4:4" };

/** One encoding of the newest frame. */
interface Encoding {
  /** By performance.now(). */
  readonly startedAt: number;
  /** The image's memory at that time: after it was replaced, frame numbers start again. */
  readonly memory: object;
  /** The producer's number of the frame; null if it does not number its frames, or there is no frame. */
  readonly frame: number | null;
  readonly jpeg: Promise<Uint8Array | null>;
  /** Whether `jpeg` is settled, and its source buffer free. */
  done: boolean;
}

/** Encodes the newest frame of an image as a JPEG. */
export class FrameJpegs {
  readonly #image: Pick<SharedImage, "read" | "newestFrame">;
  readonly #memory: () => object;
  readonly #buffer = reusableBuffer();
  /** Separate from {@link #buffer}, since the source of an asynchronous encoding must not change. */
  readonly #asyncBuffer = reusableBuffer();
  #last: Encoding | null = null;
  /** Aborted by {@link close}, for waiting calls. */
  #closing = new AbortController();

  /** `memory` returns the image's current memory, as an identity. */
  constructor(image: Pick<SharedImage, "read" | "newestFrame">, memory: () => object) {
    this.#image = image;
    this.#memory = memory;
  }

  /** See GenericImageBufferManager.getJpeg. */
  encode(): Uint8Array | null {
    const frame = this.#image.read(this.#buffer);
    return frame && encodeJpegSync(frame, OPTIONS);
  }

  /** See GenericImageBufferManager.asyncGetJpeg. */
  async encodeAsync(ms: number): Promise<Uint8Array | null> {
    if (!(ms >= 0)) throw new RangeError(`The interval between two JPEGs must be 0 ms or more; it is ${ms}.`);
    const calledAt = performance.now();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const last = this.#last;
      if (last && last.startedAt >= calledAt) return last.jpeg;
      const wait = last ? last.startedAt + ms - performance.now() : 0;
      if (last && !last.done) await last.jpeg.catch(() => null);
      else if (wait > 0)
        await pause(Math.min(Math.ceil(wait), MAX_TIMER_MS), null, { signal }).catch(() => null);
      else return this.#start().jpeg;
    }
    return null;
  }

  /** Resolves all waiting calls with null. */
  close(): void {
    this.#closing.abort();
    this.#closing = new AbortController();
  }

  #start(): Encoding {
    const startedAt = performance.now();
    const memory = this.#memory();
    const newest = this.#image.newestFrame?.frame ?? null;
    const last = this.#last;
    if (last !== null && newest !== null && last.frame === newest && last.memory === memory) {
      this.#last = { ...last, startedAt };
      return this.#last;
    }
    const frame = this.#image.read(this.#asyncBuffer);
    const jpeg = frame ? encodeJpeg(frame, OPTIONS) : Promise.resolve(null);
    const encoding: Encoding = { startedAt, memory, frame: frame?.frame ?? null, jpeg, done: frame === null };
    const settled = () => {
      encoding.done = true;
    };
    jpeg.then(settled, settled);
    this.#last = encoding;
    return encoding;
  }
}
