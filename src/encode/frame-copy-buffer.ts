import type { FrameCopy } from "../memory/frame-reader.ts";

/** A buffer for copies of the newest frame, grown when a frame is larger. */
export class FrameCopyBuffer {
  readonly #read: (buffer?: Uint8Array<ArrayBuffer>) => FrameCopy | null;
  #buffer = new Uint8Array(new ArrayBuffer(0));
  /** Size and format of the frame in the buffer; empty if it holds no consistent frame. */
  #shape = "";

  /** `read` copies the newest frame, into the buffer if one is given; it throws a RangeError if that is too small. */
  constructor(read: (buffer?: Uint8Array<ArrayBuffer>) => FrameCopy | null) {
    this.#read = read;
  }

  /** Returns null if there is no frame, and then the buffer holds none. */
  copyNewest(): FrameCopy | null {
    const previousShape = this.#shape;
    this.#shape = "";
    const frame = this.#copy();
    if (frame === null) return null;
    this.#shape = `${frame.width}x${frame.height} ${frame.format}`;
    return { ...frame, unchanged: frame.unchanged && this.#shape === previousShape };
  }

  #copy(): FrameCopy | null {
    try {
      return this.#read(this.#buffer);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const frame = this.#read();
      if (frame !== null) this.#buffer = frame.data;
      return frame;
    }
  }
}
