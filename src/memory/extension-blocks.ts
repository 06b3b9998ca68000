import type { Vec3 } from "../geometry/coordinates.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import {
  CAMERA_LAYOUT,
  EXTENSION_LAYOUT,
  EXTENSION_START,
  type PIXEL_FORMAT,
  SLOT_FLAG,
  SLOT_LAYOUT,
} from "./layout.generated.ts";

/**
 * A seqlock: a 32-bit word that is odd while the data beside it is written, and larger by 2 after each write. A reader that
 * finds the same even number before and after has read consistent data.
 */
export class SequenceWord {
  readonly #word: Uint32Array<ArrayBufferLike>;

  /** `byteOffset` is that of the word in `buffer`. */
  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.#word = new Uint32Array(buffer, byteOffset, 1);
  }

  /** The word before the data is read. */
  get value(): number {
    return Atomics.load(this.#word, 0);
  }

  /**
   * The word after the data was read. A read-modify-write that changes nothing: unlike a load, it keeps earlier reads before
   * it on every processor.
   */
  get valueAfter(): number {
    return Atomics.or(this.#word, 0, 0);
  }

  /** Makes the word odd. May be called again before {@link end}. */
  begin(): void {
    if (this.value % 2 === 0) Atomics.add(this.#word, 0, 1);
  }

  /** Makes the word even; never 0, which means that nothing was written yet. */
  end(): void {
    Atomics.add(this.#word, 0, 1);
    if (this.value === 0) Atomics.store(this.#word, 0, 2);
  }
}

/** How the pixels of a frame are packed. */
export type PixelFormat = keyof typeof PIXEL_FORMAT;

/** Metadata that a writer publishes with a frame. */
export interface WrittenFrameMetadata {
  /** How long rendering took, ms; absent if unknown. */
  renderMs?: number;
  /** Time stamp of the newest event that the frame shows, ms by its sender's clock; null without an event. */
  eventTimestamp?: number | null;
  /** Whether it is the full-quality frame of a still view. Default false. */
  still?: boolean;
  /** The camera that it was rendered from. Default: the camera published last. */
  camera?: CameraState;
  /** Size in px of the view that it shows, which may have more pixels than the frame. Default: the frame's size. */
  viewSize?: readonly [width: number, height: number];
}

/** Metadata of a frame as read; null for what its producer did not publish. */
export interface FrameMetadata {
  /** Number of the frame, from 1. */
  frame: number | null;
  /** When rendering ended, ms since 1970. */
  renderedAt: number | null;
  renderMs: number | null;
  eventTimestamp: number | null;
  still: boolean;
  /** Whether the first row is the highest; in frames of other producers it is the lowest. */
  topDown: boolean;
  /** Size in px of the view that it shows with fewer pixels; null if the frame has the view's size. */
  viewSize: readonly [width: number, height: number] | null;
}

/** Limit for a side of a view, px (see `MAX_SIZE` in scene/show-options.ts). */
const MAX_SIDE = 8192;

/** Metadata of the frame in one buffer, in the extension of an info segment. Everything read is checked. */
export class SlotBlock {
  /** Odd while the buffer, its size and this slot are written. */
  readonly sequence: SequenceWord;
  /** Byte offset of the sequence word in the info segment. */
  readonly sequenceOffset: number;
  readonly #view: DataView<ArrayBufferLike>;

  constructor(infoBuffer: ArrayBufferLike, buffer: number) {
    const start = EXTENSION_START + EXTENSION_LAYOUT.slots + SLOT_LAYOUT.bytes * buffer;
    this.#view = new DataView(infoBuffer, start, SLOT_LAYOUT.bytes);
    this.sequenceOffset = start + SLOT_LAYOUT.sequence;
    this.sequence = new SequenceWord(infoBuffer, this.sequenceOffset);
  }

  /** Writes the metadata and ends the write that `sequence.begin()` began. */
  end(frame: number, metadata: WrittenFrameMetadata): void {
    const view = this.#view;
    const [viewWidth, viewHeight] = metadata.viewSize ?? [0, 0];
    view.setUint32(SLOT_LAYOUT.flags, metadata.still ? SLOT_FLAG.still : 0, true);
    view.setFloat64(SLOT_LAYOUT.frameNumber, frame, true);
    view.setFloat64(SLOT_LAYOUT.renderedAtMs, performance.timeOrigin + performance.now(), true);
    view.setFloat64(SLOT_LAYOUT.renderMs, metadata.renderMs ?? Number.NaN, true);
    view.setFloat64(SLOT_LAYOUT.eventTimestampMs, metadata.eventTimestamp ?? Number.NaN, true);
    view.setUint32(SLOT_LAYOUT.viewWidth, viewWidth, true);
    view.setUint32(SLOT_LAYOUT.viewHeight, viewHeight, true);
    this.sequence.end();
  }

  /** Number of the frame, from 1; null before the first, and for a number that no frame has. */
  get frame(): number | null {
    const frame = this.#view.getFloat64(SLOT_LAYOUT.frameNumber, true);
    return Number.isSafeInteger(frame) && frame > 0 ? frame : null;
  }

  get metadata(): FrameMetadata {
    const flags = this.#view.getUint32(SLOT_LAYOUT.flags, true);
    return {
      frame: this.frame,
      renderedAt: this.#finite(SLOT_LAYOUT.renderedAtMs),
      renderMs: this.#finite(SLOT_LAYOUT.renderMs),
      eventTimestamp: this.#finite(SLOT_LAYOUT.eventTimestampMs),
      still: (flags & SLOT_FLAG.still) !== 0,
      topDown: (flags & SLOT_FLAG.topDown) !== 0,
      viewSize: this.#viewSize(),
    };
  }

  #finite(offset: number): number | null {
    const value = this.#view.getFloat64(offset, true);
    return Number.isFinite(value) ? value : null;
  }

  #viewSize(): [width: number, height: number] | null {
    const width = this.#view.getUint32(SLOT_LAYOUT.viewWidth, true);
    const height = this.#view.getUint32(SLOT_LAYOUT.viewHeight, true);
    return [width, height].every((side) => side > 0 && side <= MAX_SIDE) ? [width, height] : null;
  }
}

const CAMERA_START = EXTENSION_START + EXTENSION_LAYOUT.camera;
const VALUES = CAMERA_LAYOUT.bytes / Float64Array.BYTES_PER_ELEMENT;

/** Maximum number of attempts to read a camera that changes while it is read. */
const MAX_READS = 100;

/** After this time in the middle of a write, which needs 1 us, its writer counts as dead, ms. */
const DEAD_WRITER_MS = 100;

/** The camera of the newest frame in the extension of an info segment. */
export class CameraBlock {
  readonly #values: Float64Array<ArrayBufferLike>;
  readonly #sequence: SequenceWord;
  /** The odd sequence that was read last, and when it was first read, performance.now(). */
  #partialWrite = { sequence: 0, since: 0 };

  constructor(infoBuffer: ArrayBufferLike) {
    this.#values = new Float64Array(infoBuffer, CAMERA_START, VALUES);
    this.#sequence = new SequenceWord(infoBuffer, EXTENSION_START + EXTENSION_LAYOUT.cameraSequence);
  }

  /**
   * Calls `read` and returns its result with the camera, without a {@link publish} in between; null if that is not possible. The
   * camera is null if none was published, its numbers are invalid, or its writer died while writing it.
   */
  readWith<Value>(read: () => Value): { value: Value; camera: CameraState | null } | null {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const before = this.#sequence.value;
      if (before % 2 !== 0) continue;
      const values = Array.from(this.#values);
      const value = read();
      if (this.#sequence.valueAfter !== before) continue;
      return { value, camera: before === 0 ? null : toCamera(values) };
    }
    return this.#isAbandoned() ? { value: read(), camera: null } : null;
  }

  /** Writes a camera and calls `action`: readers by {@link readWith} see both or neither. An invalid camera is ignored. */
  publish(camera: CameraState, action: () => void): void {
    const { position, focalPoint, viewUp, viewAngle, parallelScale = 0 } = camera;
    const values = [...position, ...focalPoint, ...viewUp, viewAngle, parallelScale];
    const valid = toCamera(values) !== null;
    if (valid) {
      this.#sequence.begin();
      this.#values.set(values);
    }
    action();
    if (valid) this.#sequence.end();
  }

  #isAbandoned(): boolean {
    const sequence = this.#sequence.value;
    const now = performance.now();
    if (sequence !== this.#partialWrite.sequence) this.#partialWrite = { sequence, since: now };
    return sequence % 2 !== 0 && now - this.#partialWrite.since > DEAD_WRITER_MS;
  }
}

function toCamera(values: readonly number[]): CameraState | null {
  const at = (offset: number) => values[offset / Float64Array.BYTES_PER_ELEMENT] ?? 0;
  const triple = (offset: number): Vec3 => [at(offset), at(offset + 8), at(offset + 16)];
  const viewAngle = at(CAMERA_LAYOUT.viewAngle);
  const parallelScale = at(CAMERA_LAYOUT.parallelScale);
  if (!values.every(Number.isFinite) || viewAngle <= 0 || viewAngle >= 180 || parallelScale < 0) return null;
  const camera = {
    position: triple(CAMERA_LAYOUT.position),
    focalPoint: triple(CAMERA_LAYOUT.focalPoint),
    viewUp: triple(CAMERA_LAYOUT.viewUp),
    viewAngle,
  };
  return parallelScale > 0 ? { ...camera, parallelScale } : camera;
}
