import { encodeJpeg, encodeJpegSync, type JpegOptions } from "../native/jpeg.ts";
import { type FrameReader, reusableBuffer } from "./frame-reader.ts";

/** For a picture to keep. */
const OPTIONS: JpegOptions = { quality: 95, subsampling: "4:4:4" };

/** A timer takes no longer delay. */
const LONGEST_MS = 2 ** 31 - 1;

/** One look at the newest frame. */
interface Take {
  /** By performance.now(). */
  readonly startedAt: number;
  /** Whose frame it is. */
  readonly reader: FrameReader;
  /** The producer's number of the frame; null where it tells none, or there is no frame. */
  readonly frame: number | null;
  readonly jpeg: Promise<Uint8Array | null>;
  /** Whether `jpeg` is settled, and the memory that it was encoded from free. */
  done: boolean;
}

/** The newest frame of a manager as a JPEG. */
export class FrameJpegs {
  readonly #reader: () => FrameReader;
  readonly #room = reusableBuffer();
  /** Another, since what is being encoded elsewhere must not change. */
  readonly #asyncRoom = reusableBuffer();
  #last: Take | null = null;
  /** Ends the pauses of those who wait. */
  readonly #pauses = new Set<() => void>();
  #closings = 0;

  /** `reader` gives the one that is used at the moment. */
  constructor(reader: () => FrameReader) {
    this.#reader = reader;
  }

  /** See GenericImageBufferManager.getJpeg. */
  take(): Uint8Array | null {
    const frame = this.#reader().read(this.#room);
    return frame && encodeJpegSync(frame, OPTIONS);
  }

  /** See GenericImageBufferManager.asyncGetJpeg. */
  async takeAsync(ms: number): Promise<Uint8Array | null> {
    if (!(ms >= 0)) throw new RangeError(`The interval between two JPEGs must be 0 ms or more; it is ${ms}.`);
    const askedAt = performance.now();
    const closings = this.#closings;
    while (closings === this.#closings) {
      const last = this.#last;
      if (last && last.startedAt >= askedAt) return last.jpeg;
      const wait = last ? last.startedAt + ms - performance.now() : 0;
      if (last && !last.done) await last.jpeg.catch(() => null);
      else if (wait > 0) await this.#pause(wait);
      else return this.#start().jpeg;
    }
    return null;
  }

  /** Gives null to all who wait. */
  close(): void {
    this.#closings++;
    for (const end of [...this.#pauses]) end();
  }

  #start(): Take {
    const startedAt = performance.now();
    const reader = this.#reader();
    const newest = reader.readMetadata()?.frame ?? null;
    const last = this.#last;
    if (last !== null && newest !== null && last.frame === newest && last.reader === reader) {
      this.#last = { ...last, startedAt };
      return this.#last;
    }
    const frame = reader.read(this.#asyncRoom);
    const jpeg = frame ? encodeJpeg(frame, OPTIONS) : Promise.resolve(null);
    const take: Take = { startedAt, reader, frame: frame?.frame ?? null, jpeg, done: frame === null };
    const settled = () => {
      take.done = true;
    };
    jpeg.then(settled, settled);
    this.#last = take;
    return take;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.ceil(ms), LONGEST_MS));
      this.#pauses.add(end);
    });
  }
}
