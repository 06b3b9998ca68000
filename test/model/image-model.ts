/** Expected result of a read: a frame, or a part of the message of SharedImage.problem. `isPrevious`: the current frame was not ended, so it is the one before. */
export type ExpectedRead = { frame: ExpectedFrame; isPrevious: boolean } | { problem: string };

export interface ExpectedFrame {
  buffer: number;
  width: number;
  height: number;
  /** Null if no frame was written, but only its words. */
  number: number | null;
  data: Uint8Array<ArrayBuffer>;
}

interface Slot {
  bytes: Uint8Array;
  width: number;
  height: number;
  number: number | null;
  sequence: number;
}

/**
 * Reference model of FURY's image buffers, with plain arrays. It records every write of any side, so it also predicts reads
 * after invalid words were written.
 */
export class ImageModel {
  readonly components: number;
  readonly maxSize: readonly [number, number];
  readonly buffers: Slot[];
  index = 0;
  /** The frame that was begun and not ended. */
  open: { buffer: number; width: number; height: number } | null = null;
  #frames = 0;

  constructor(maxSize: readonly [number, number], numBuffers: number, components: number) {
    this.maxSize = maxSize;
    this.components = components;
    const bytes = maxSize[0] * maxSize[1] * components;
    this.buffers = Array.from({ length: numBuffers }, () => ({
      bytes: new Uint8Array(bytes),
      width: 0,
      height: 0,
      number: null,
      sequence: 0,
    }));
  }

  get nextIndex(): number {
    return (this.index + 1) % this.buffers.length;
  }

  /** The number of the newest frame; null before the first. */
  get newest(): number | null {
    return this.#frames || null;
  }

  fits(width: number, height: number): boolean {
    return width * height <= this.maxSize[0] * this.maxSize[1];
  }

  /** Returns the bytes to write the frame into. */
  begin(width: number, height: number): Uint8Array {
    const buffer = this.nextIndex;
    const slot = this.#slot(buffer);
    if (slot.sequence % 2 === 0) slot.sequence++;
    this.open = { buffer, width, height };
    return slot.bytes.subarray(0, width * height * this.components);
  }

  end(): void {
    if (!this.open) throw new Error("No frame was begun");
    const { buffer, width, height } = this.open;
    this.open = null;
    const slot = this.#slot(buffer);
    // 32 bits, and never 0 after a write.
    slot.sequence = (slot.sequence + 1) >>> 0 || 2;
    Object.assign(slot, { width, height, number: ++this.#frames });
    this.index = buffer;
  }

  read(): ExpectedRead {
    const slot = this.buffers[this.index];
    if (!slot)
      return {
        problem: `buffer ${this.index} is current, but the number of buffers is ${this.buffers.length}`,
      };
    const { width, height, number, bytes, sequence } = slot;
    if (width === 0 || height === 0) return { problem: "no frame was written yet" };
    const length = width * height * this.components;
    if (length > bytes.length) return { problem: `its frame is ${width}x${height} px` };
    if (sequence % 2 === 1) {
      const previous = this.#frameBefore();
      return previous
        ? { frame: previous, isPrevious: true }
        : { problem: "the producer overwrites each frame while it is read" };
    }
    return {
      frame: { buffer: this.index, width, height, number, data: bytes.slice(0, length) },
      isPrevious: false,
    };
  }

  /** The frame before the current one, if it was ended. */
  #frameBefore(): ExpectedFrame | null {
    const count = this.buffers.length;
    const buffer = (this.index + count - 1) % count;
    const { width, height, number, bytes, sequence } = this.#slot(buffer);
    const length = width * height * this.components;
    if (count === 1 || number === null || sequence % 2 === 1) return null;
    return length === 0 || length > bytes.length
      ? null
      : { buffer, width, height, number, data: bytes.slice(0, length) };
  }

  #slot(buffer: number): Slot {
    const slot = this.buffers[buffer];
    if (!slot) throw new Error(`There is no buffer ${buffer}`);
    return slot;
  }
}
