import type { CameraState } from "../protocol/camera-state.ts";
import type { FrameMetadata, PixelFormat, SlotBlock } from "./extension-blocks.ts";
import { componentsOf, copyUntornFrame, type ImageMemory } from "./image-memory.ts";

/** A frame copied from shared memory. */
export interface FrameCopy extends FrameMetadata {
  /** px. */
  width: number;
  height: number;
  format: PixelFormat;
  /** Whether the first row is the lowest, as in WebGL and VTK. */
  bottomUp: boolean;
  /** width * height packed pixels. */
  data: Uint8Array<ArrayBuffer>;
  /** Index of the image buffer that it was in. */
  buffer: number;
  /** Whether the target buffer held exactly these bytes before. */
  unchanged: boolean;
}

/** Metadata of the newest frame, without its pixels. */
export interface NewestFrame extends FrameMetadata {
  /** px. */
  width: number;
  height: number;
  /** The camera that it was rendered from; null if unknown. */
  camera: CameraState | null;
}

/** Buffer and size of a frame. */
interface FrameLocation {
  buffer: number;
  /** The slot's sequence word, read before the rest; 0 without the extension. */
  sequence: number;
  width: number;
  height: number;
  bytes: number;
}

/** Returns a buffer for a frame of `bytes`, exactly that long. It is called again if the frame is read again. */
export type BufferProvider = (bytes: number) => Uint8Array<ArrayBuffer>;

/** A buffer that is reused for every frame, and replaced by a larger one if a frame does not fit. */
export function reusableBuffer(): BufferProvider {
  let memory = new Uint8Array(0);
  return (bytes) => {
    // A separate ArrayBuffer: the memory of a small typed array may move while native code uses it.
    if (memory.length < bytes) memory = new Uint8Array(new ArrayBuffer(bytes));
    return memory.subarray(0, bytes);
  };
}

/** The caller's buffer. Throws a RangeError if a frame does not fit. */
export function fixedBuffer(target: Uint8Array<ArrayBuffer>): BufferProvider {
  return (bytes) => {
    if (target.length >= bytes) return target.subarray(0, bytes);
    throw new RangeError(`The frame has ${bytes} bytes; the buffer given for it has ${target.length}.`);
  };
}

/** {@link FrameReader.problem} of a producer that has not written a frame yet. */
export const NO_FRAME_YET = "no frame was written yet";

/** Maximum number of attempts to read a frame that is overwritten while it is read; each attempt reads the newest. */
const MAX_ATTEMPTS = 8;

const UNKNOWN_METADATA: FrameMetadata = {
  frame: null,
  renderedAt: null,
  renderMs: null,
  eventTimestamp: null,
  still: false,
  topDown: false,
  viewSize: null,
};

/** Copies the newest frame of an image. */
export class FrameReader {
  readonly #memory: ImageMemory;
  /** Number of the newest extended frame when a plain FURY frame replaced it: until the next extended frame all are plain. */
  #supersededFrame: number | null = null;
  /** Why the last read returned no frame, as a message; empty if it returned one. */
  problem = "";

  constructor(memory: ImageMemory) {
    this.#memory = memory;
  }

  /** Copies the newest frame into the buffer from `provider`. */
  read(provider: BufferProvider): FrameCopy | null {
    let copies = 0;
    return this.#attempt((location, metadata) => {
      const frame = this.#copy(location, metadata, provider);
      // A failed attempt may have changed the buffer.
      return copies++ > 0 && frame !== "changed" ? { ...frame, unchanged: false } : frame;
    }, "the producer overwrites each frame while it is read; more buffers, or fewer frames, would help");
  }

  /** Metadata of the newest frame; null without a frame. */
  readMetadata(): Omit<NewestFrame, "camera"> | null {
    return this.#attempt(
      ({ width, height }, metadata) => ({ ...(metadata ?? UNKNOWN_METADATA), width, height }),
      "the producer is in the middle of writing its frame",
    );
  }

  /** Whether the newest frame has metadata in the extension, so that its producer wakes the frame word. */
  get isExtendedFrame(): boolean {
    const location = this.#locateCurrent();
    const metadata = location && this.#metadataOf(location);
    return metadata !== null && metadata !== "changed";
  }

  /** Calls `use` with the newest frame, again if the frame changed during the call. Without a frame, sets the problem and returns null. */
  #attempt<Result>(
    use: (location: FrameLocation, metadata: FrameMetadata | null) => Result | "changed",
    problem: string,
  ): Result | null {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const location = this.#locateCurrent();
      if (!location) return null;
      const metadata = this.#metadataOf(location);
      const result = metadata === "changed" ? metadata : use(location, metadata);
      if (result !== "changed") return result;
    }
    const previous = this.#locatePrevious();
    const metadata = previous ? this.#metadataOfPrevious(previous) : "changed";
    const result = previous && metadata !== "changed" ? use(previous, metadata) : "changed";
    return result === "changed" ? this.#fail(problem) : result;
  }

  #copy(
    { buffer, sequence, width, height, bytes }: FrameLocation,
    metadata: FrameMetadata | null,
    provider: BufferProvider,
  ): FrameCopy | "changed" {
    const { layout, format } = this.#memory;
    const slot = metadata && this.#slot(buffer);
    const data = provider(bytes);
    const copy = copyUntornFrame(this.#memory, data, buffer, slot);
    const [widthAfter, heightAfter] = layout.sizeOf(buffer);
    const isConsistent = slot
      ? slot.sequence.valueAfter === sequence
      : widthAfter === width && heightAfter === height;
    if (copy === "changed" || !isConsistent) return "changed";
    this.problem = "";
    return {
      ...(metadata ?? UNKNOWN_METADATA),
      ...{ width, height, format, bottomUp: !metadata?.topDown, data, buffer, unchanged: copy === "same" },
    };
  }

  /**
   * Metadata of a frame; null if it was written by a program that does not know the extension, into segments with or
   * without it.
   */
  #metadataOf({ buffer, sequence }: FrameLocation): FrameMetadata | null | "changed" {
    const { layout, extension } = this.#memory;
    const slot = this.#slot(buffer);
    if (!extension || !slot) return null;
    const { metadata } = slot;
    const newest = extension.newestFrame;
    // In this order: if an extended frame was written in between and the index is the same again, the sequence has changed.
    const isCurrent = layout.bufferIndex === buffer;
    if (sequence % 2 !== 0 || slot.sequence.valueAfter !== sequence) return "changed";
    // An extended frame was written in between.
    if (metadata.frame !== newest && !isCurrent) return "changed";
    if (metadata.frame !== newest || newest === null) this.#supersededFrame = newest;
    return newest === null || newest === this.#supersededFrame ? null : metadata;
  }

  /** Metadata of the frame at {@link #locatePrevious}. */
  #metadataOfPrevious({ buffer, sequence }: FrameLocation): FrameMetadata | "changed" {
    const slot = this.#slot(buffer);
    const metadata = slot?.metadata;
    if (!slot || !metadata || metadata.frame === null || sequence % 2 !== 0) return "changed";
    return slot.sequence.valueAfter === sequence ? metadata : "changed";
  }

  #slot(buffer: number): SlotBlock | null {
    return this.#memory.extension?.slots[buffer] ?? null;
  }

  #locateCurrent(): FrameLocation | null {
    return this.#locate(this.#memory.layout.bufferIndex);
  }

  /**
   * The frame before the current one, if the current one is not completely published: a state that lasts an instant, unless
   * the writer was killed in it. Null otherwise, and with a single buffer.
   */
  #locatePrevious(): FrameLocation | null {
    const { images, layout } = this.#memory;
    const current = layout.bufferIndex;
    const slot = images.length > 1 ? this.#slot(current) : null;
    return slot !== null && slot.sequence.value % 2 !== 0
      ? this.#locate((current + images.length - 1) % images.length)
      : null;
  }

  #locate(buffer: number): FrameLocation | null {
    const { images, info, layout, format } = this.#memory;
    if (!info.isCurrent())
      return this.#fail(`the segment ${info.name} was closed here or truncated by another process`);
    const image = images[buffer];
    if (!image)
      return this.#fail(
        `the producer says that buffer ${buffer} is current, but the number of buffers is ${images.length}`,
      );
    // Read before everything that it guards: size, metadata and pixels must all belong to this sequence.
    const sequence = this.#slot(buffer)?.sequence.value ?? 0;
    const [width, height] = layout.sizeOf(buffer);
    if (width === 0 || height === 0) return this.#fail(NO_FRAME_YET);
    const bytes = width * height * componentsOf(format);
    if (bytes > image.size) {
      return this.#fail(
        `the producer says that its frame is ${width}x${height} px, ${bytes} bytes, but ${image.name} has ${image.size}`,
      );
    }
    if (!image.isCurrent())
      return this.#fail(`the segment ${image.name} was closed here or truncated by another process`);
    return { buffer, sequence, width, height, bytes };
  }

  #fail(problem: string): null {
    this.problem = problem;
    return null;
  }
}
