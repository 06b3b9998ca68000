import type { FrameCopy } from "../memory/frame-reader.ts";

/** Copies of the newest frame, one after the other in the same memory. */
export class FrameCopyBuffer {
  readonly #read: (buffer?: Uint8Array<ArrayBuffer>) => FrameCopy | null;
  #buffer = new Uint8Array(new ArrayBuffer(0));
  /** The size and format of what is in there; empty when that is no whole frame. */
  #shape = "";

  /** `read` copies the newest frame, into a buffer where one is given; a RangeError says that it is too small. */
  constructor(read: (buffer?: Uint8Array<ArrayBuffer>) => FrameCopy | null) {
    this.#read = read;
  }

  /** Null when there is none, and then nothing is in the memory. */
  copyNewest(): FrameCopy | null {
    const before = this.#shape;
    this.#shape = "";
    const frame = this.#copy();
    if (frame === null) return null;
    this.#shape = `${frame.width}x${frame.height} ${frame.format}`;
    return { ...frame, unchanged: frame.unchanged && this.#shape === before };
  }

  #copy(): FrameCopy | null {
    try {
      return this.#read(this.#buffer);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The frame is larger than any before.
      const frame = this.#read();
      if (frame !== null) this.#buffer = frame.data;
      return frame;
    }
  }
}
