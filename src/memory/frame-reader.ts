import { componentsOf, type ImageMemory } from "./image-memory.ts";
import type { CameraState, FrameMetadata, PixelFormat } from "./info-extension.ts";
import type { NativeImageAccess } from "./native-image-access.ts";

/** A whole frame, copied out of shared memory. */
export interface FrameCopy extends FrameMetadata {
  /** px. */
  width: number;
  height: number;
  format: PixelFormat;
  /** Rows are bottom-up, as WebGL and VTK have them. */
  bottomUp: true;
  /** width * height packed pixels. */
  data: Uint8Array<ArrayBuffer>;
  /** The buffer that it was in. */
  buffer: number;
  /** Whether the memory that was given for `data` held these very bytes before. */
  unchanged: boolean;
}

/** What is told about the newest frame, without its pixels. */
export interface NewestFrame extends FrameMetadata {
  /** px. */
  width: number;
  height: number;
  /** What it was rendered from; null where not known. */
  camera: CameraState | null;
}

/** Where the current frame is, and how large. */
interface Place {
  buffer: number;
  /** The slot's sequence word from before the rest was read; 0 where there is none. */
  sequence: number;
  width: number;
  height: number;
  bytes: number;
}

/** A copy that is not torn; `same`: nothing had to be written for it. */
export interface ConsistentCopyResult {
  readonly same: boolean;
}

/** Gives memory for a frame of so many bytes, exactly that long. Called again when the frame is read again. */
export type BufferProvider = (bytes: number) => Uint8Array<ArrayBuffer>;

/** Memory that is used again for every frame that fits, and replaced by a larger one for another. */
export function reusableBuffer(): BufferProvider {
  let memory = new Uint8Array(0);
  return (bytes) => {
    // An ArrayBuffer of its own: the memory of a small typed array may move under native code.
    if (memory.length < bytes) memory = new Uint8Array(new ArrayBuffer(bytes));
    return memory.subarray(0, bytes);
  };
}

/** Memory that the caller gives, and that may be too small: a RangeError then. */
export function fixedBuffer(target: Uint8Array<ArrayBuffer>): BufferProvider {
  return (bytes) => {
    if (target.length >= bytes) return target.subarray(0, bytes);
    throw new RangeError(`The frame has ${bytes} bytes; the buffer given for it has ${target.length}.`);
  };
}

/** The problem of a producer that is all right and has not begun. */
export const NO_FRAME_YET = "no frame was written yet";

/** How often a frame is read again that was overwritten meanwhile. Each time the newest one is taken. */
const TRIES = 8;

const UNKNOWN_METADATA: FrameMetadata = {
  frame: null,
  renderedAt: null,
  renderMs: null,
  eventTimestamp: null,
  still: false,
  viewSize: null,
};

/** Copies the current frame out of a manager's buffers. */
export class FrameReader {
  readonly #memory: ImageMemory;
  readonly #access: NativeImageAccess;
  /** The number of our newest frame when another program's frame was seen: until the next of ours all are another's. */
  #supersededFrame: number | null = null;
  #problem = "";

  constructor(memory: ImageMemory, access: NativeImageAccess) {
    this.#memory = memory;
    this.#access = access;
  }

  /** Why the last read gave no frame, in words; empty when it gave one. */
  get problem(): string {
    return this.#problem;
  }

  /** Copies the newest frame into what `room` gives for its number of bytes. */
  read(room: BufferProvider): FrameCopy | null {
    for (let tries = 0; tries < TRIES; tries++) {
      const place = this.#findCurrent();
      const frame = place && this.#copyOut(place, this.#metadataOf(place), room);
      // What a try before this one wrote is no frame that anybody has.
      if (frame !== "changed") return frame && tries > 0 ? { ...frame, unchanged: false } : frame;
    }
    const left = this.#findPrevious();
    const frame = left && this.#copyOut(left, this.#metadataOfPrevious(left), room);
    if (frame !== null && frame !== "changed") return { ...frame, unchanged: false };
    return this.#none(
      "the producer overwrites each frame while it is read; more buffers, or fewer frames, would help",
    );
  }

  /** What is told about the newest frame, without a copy of it; null when there is none. */
  readMetadata(): Omit<NewestFrame, "camera"> | null {
    for (let tries = 0; tries < TRIES; tries++) {
      const place = this.#findCurrent();
      if (!place) return null;
      const { width, height } = place;
      const facts = this.#metadataOf(place);
      if (facts !== "changed") return { ...(facts ?? UNKNOWN_METADATA), width, height };
    }
    const left = this.#findPrevious();
    const facts = left ? this.#metadataOfPrevious(left) : "changed";
    if (left && facts !== "changed") return { ...facts, width: left.width, height: left.height };
    return this.#none("the producer is in the middle of writing its frame");
  }

  /** Whether the newest frame is of a producer of ours, which tells about it and wakes who waits for it. */
  get isExtendedFrame(): boolean {
    const place = this.#findCurrent();
    const facts = place && this.#metadataOf(place);
    return facts !== null && facts !== "changed";
  }

  #copyOut(
    { buffer, sequence, width, height, bytes }: Place,
    facts: FrameMetadata | null | "changed",
    room: BufferProvider,
  ): FrameCopy | "changed" {
    if (facts === "changed") return "changed";
    const { layout, extension, format } = this.#memory;
    const data = room(bytes);
    const copy =
      extension && facts
        ? this.#access.bySequence(data, buffer, extension.sequenceOffset(buffer))
        : this.#access.byIndex(data, buffer);
    const whole =
      extension && facts
        ? extension.slotSequenceAfter(buffer) === sequence
        : isSize(layout.sizeOf(buffer), width, height);
    if (copy === null || !whole) return "changed";
    this.#problem = "";
    const unchanged = copy.same;
    return { ...(facts ?? UNKNOWN_METADATA), width, height, format, bottomUp: true, data, buffer, unchanged };
  }

  /**
   * What is told about a frame; null where it was written by a program that knows nothing of the extension, into segments
   * that have one or not.
   */
  #metadataOf({ buffer, sequence }: Place): FrameMetadata | null | "changed" {
    const { layout, extension } = this.#memory;
    if (!extension) return null;
    const facts = extension.slotMetadata(buffer);
    const newest = extension.newestFrame;
    // In this order: an index that has come back by a frame of ours has changed the sequence.
    const isCurrent = layout.bufferIndex === buffer;
    if (sequence % 2 !== 0 || extension.slotSequenceAfter(buffer) !== sequence) return "changed";
    // One of ours was written meanwhile.
    if (facts.frame !== newest && !isCurrent) return "changed";
    if (facts.frame !== newest || newest === null) this.#supersededFrame = newest;
    return newest === null || newest === this.#supersededFrame ? null : facts;
  }

  /** What is told about the frame at {@link #findPrevious}. */
  #metadataOfPrevious({ buffer, sequence }: Place): FrameMetadata | "changed" {
    const facts = this.#memory.extension?.slotMetadata(buffer);
    if (!facts || facts.frame === null || sequence % 2 !== 0) return "changed";
    return this.#memory.extension?.slotSequenceAfter(buffer) === sequence ? facts : "changed";
  }

  #findCurrent(): Place | null {
    return this.#find(this.#memory.layout.bufferIndex);
  }

  /**
   * The frame before the current one, where that one is not published to its end: with more than one buffer a writer of ours
   * is there for an instant, unless it was killed in it. Null where it is not so.
   */
  #findPrevious(): Place | null {
    const { images, layout, extension } = this.#memory;
    const current = layout.bufferIndex;
    const mayBe = extension !== null && images.length > 1 && current < images.length;
    return mayBe && extension.slotSequence(current) % 2 !== 0
      ? this.#find((current + images.length - 1) % images.length)
      : null;
  }

  #find(buffer: number): Place | null {
    const { images, info, layout, extension, format } = this.#memory;
    if (!info.isCurrent())
      return this.#none(`the segment ${info.name} was closed here or truncated by another process`);
    const image = images[buffer];
    if (!image)
      return this.#none(`the producer says that buffer ${buffer} is current, but there are ${images.length}`);
    // Before all that it guards: a copy must be made under the one under which size and facts were read.
    const sequence = extension?.slotSequence(buffer) ?? 0;
    const [width, height] = layout.sizeOf(buffer);
    if (width === 0 || height === 0) return this.#none(NO_FRAME_YET);
    const bytes = width * height * componentsOf(format);
    if (bytes > image.size) {
      return this.#none(
        `the producer says that its frame is ${width}x${height} px, ${bytes} bytes, but ${image.name} has ${image.size}`,
      );
    }
    if (!image.isCurrent())
      return this.#none(`the segment ${image.name} was closed here or truncated by another process`);
    return { buffer, sequence, width, height, bytes };
  }

  #none(problem: string): null {
    this.#problem = problem;
    return null;
  }
}

function isSize([w, h]: [number, number], width: number, height: number): boolean {
  return w === width && h === height;
}
