import { EVENT_CAPABILITY, type EventCapabilities } from "./event-ids.ts";
import type { MemorySegment } from "./memory-segment.ts";

/**
 * What our info segments carry beyond FURY's words, from byte 4096 on. A reader that does not know it sees plain FURY.
 * Little-endian; offsets in bytes from byte 4096 of the segment:
 *
 * | offset | type | content | who writes |
 * |---|---|---|---|
 * | 0 | 8 bytes | ASCII "SCNECAST" | creator, last of all |
 * | 8 | uint32 | version, 1 | creator |
 * | 12 | uint32 | number of buffers n, 1..510 | creator |
 * | 16 | uint32 | pixel format: 0 RGB, 1 RGBA; rows bottom-up and packed | creator |
 * | 20, 24 | uint32 | largest width and height in px; their product is the bound | creator |
 * | 28 | uint32 | process id of the creator | creator |
 * | 32 | uint32 | frame word, a futex: + 1 and a wake after every frame | renderer |
 * | 36 | uint32 | renderer word, a futex: + 1 and a wake after every event put into the queue, and after every change of the viewers | server |
 * | 40 | uint32 | viewers: a renderer with a server that wakes it renders nothing while it is 0 | server |
 * | 44 | uint32 | events taken beyond FURY's eight, bits of {@link EVENT_CAPABILITY} | renderer |
 * | 48 | uint32 | 1 once a server is attached that wakes the renderer word; without it the queue has to be polled | server |
 * | 52 | uint32 | renders since the start | renderer |
 * | 56 | uint32 | sequence of the camera: odd while it is written and its frame becomes the current one | renderer |
 * | 60 | uint32 | 1 while the newest frame does not show the view as it is now, in full quality where it rests, and one that does will come once somebody looks | renderer |
 * | 64 | float64[11] | camera: position, focal point, view up (x, y, z each, world units), view angle (degrees), parallel scale (half the height of an orthographic picture, world units; 0 with a perspective camera) | renderer |
 * | 152 | uint32 | 1 while frames may have fewer pixels than their view, because all who look take pictures whose size changes | server |
 * | 256 + 64 i | slot | about the frame in buffer i, see below | renderer |
 * | 256 + 64 n | | end | |
 *
 * A slot, offsets from its start:
 *
 * | offset | type | content |
 * |---|---|---|
 * | 0 | uint32 | sequence: odd while the buffer, its width and height and this slot are written; + 2 for each frame |
 * | 4 | uint32 | flags: 1 the picture of a view at rest, in full quality |
 * | 8 | float64 | frame number, from 1 |
 * | 16 | float64 | when rendering ended, ms since 1970 |
 * | 24 | float64 | how long rendering took, ms; NaN: not known |
 * | 32 | float64 | time stamp of the newest event that the frame shows, ms by its sender's clock; NaN: none |
 * | 40, 44 | uint32 | width and height in px of the view that the frame shows, where it has fewer pixels; else 0 |
 */
export const EXTENSION_OFFSET = 4096;

const PAGE_BYTES = 4096;

/** Size of an info segment with the extension, bytes: whole pages of 4096, two of them for up to 60 buffers. */
export function extendedInfoSize(numBuffers: number): number {
  return PAGE_BYTES * Math.ceil((EXTENSION_OFFSET + extensionBytes(numBuffers)) / PAGE_BYTES);
}

/** Where the futex words are, in bytes from the start of the info segment. */
export const FRAME_WORD_OFFSET = EXTENSION_OFFSET + 32;
export const RENDERER_WORD_OFFSET = EXTENSION_OFFSET + 36;

/** How the pixels of a manager's buffers are packed; rows are bottom-up in both. */
export type PixelFormat = "rgb" | "rgba";

/** Three world coordinates. */
export type Triple = readonly [x: number, y: number, z: number];

/** A viewpoint: world units, degrees for the vertical view angle. */
export interface CameraState {
  readonly position: Triple;
  readonly focalPoint: Triple;
  readonly viewUp: Triple;
  readonly viewAngle: number;
  /** Half the height of an orthographic picture in world units; absent with a perspective camera. */
  readonly parallelScale?: number;
}

/** What a writer tells about a frame. */
export interface WrittenFrameMetadata {
  /** How long rendering took, ms; absent where not known. */
  renderMs?: number;
  /** Time stamp of the newest event that the frame shows, ms by its sender's clock; null where there is none. */
  eventTimestamp?: number | null;
  /** Whether it is the full-quality picture of a view at rest. Default false. */
  still?: boolean;
  /** What it was rendered from; absent: the camera that was told last stays. */
  camera?: CameraState;
  /** Size in px of the view that it shows, which may have more pixels than it has. Default: its own. */
  viewSize?: readonly [width: number, height: number];
}

/** What a reader is told about a frame; null for what its producer did not tell. */
export interface FrameMetadata {
  /** Number of the frame, from 1. */
  frame: number | null;
  /** When rendering ended, ms since 1970. */
  renderedAt: number | null;
  renderMs: number | null;
  eventTimestamp: number | null;
  still: boolean;
  /** Size in px of the view that it shows with fewer pixels; null: its own. */
  viewSize: readonly [width: number, height: number] | null;
}

const MAGIC = "SCNECAST";
const VERSION = 1;
const FORMATS: readonly PixelFormat[] = ["rgb", "rgba"];

/** Words of uint32. */
const WORD = {
  version: 2,
  numBuffers: 3,
  format: 4,
  maxWidth: 5,
  maxHeight: 6,
  pid: 7,
  viewers: 10,
  takes: 11,
  serverSignals: 12,
  renders: 13,
  cameraSequence: 14,
  frameDue: 15,
  mayBeSmaller: 38,
} as const;

const CAMERA = 64 / 8;
const CAMERA_VALUES = 11;
const SLOT_BYTES = 64;
const SLOTS = 256;
const STILL = 1;

/** Longer than this no side of a view is (see `MAX_SIZE` in scene/show-options.ts), px. */
const LONGEST_SIDE = 8192;

/** How often a camera that changes under the reader's eyes is read again. */
const CAMERA_TRIES = 100;
/** A writer that does not get on with its camera for so long was killed at it, ms; it takes 1 us. */
const DEAD_WRITER_MS = 100;

/** The extension of one info segment. Everything read from it is checked, since any process may have written it. */
export class InfoExtension {
  readonly #bytes: Uint8Array<ArrayBufferLike>;
  readonly #words: Uint32Array<ArrayBufferLike>;
  readonly #floats: Float64Array<ArrayBufferLike>;
  readonly #numBuffers: number;
  /** The odd camera sequence that was found last, and since when it has been that, `performance.now()`. */
  #partialWrite = { sequence: 0, since: 0 };

  private constructor(segment: MemorySegment, numBuffers: number) {
    const bytes = extensionBytes(numBuffers);
    this.#bytes = new Uint8Array(segment.buffer, EXTENSION_OFFSET, bytes);
    this.#words = new Uint32Array(segment.buffer, EXTENSION_OFFSET, bytes / 4);
    this.#floats = new Float64Array(segment.buffer, EXTENSION_OFFSET, bytes / 8);
    this.#numBuffers = numBuffers;
  }

  static create(
    segment: MemorySegment,
    options: { numBuffers: number; format: PixelFormat; maxWidth: number; maxHeight: number },
  ): InfoExtension {
    const extension = new InfoExtension(segment, options.numBuffers);
    const words = extension.#words;
    words[WORD.version] = VERSION;
    words[WORD.numBuffers] = options.numBuffers;
    words[WORD.format] = FORMATS.indexOf(options.format);
    words[WORD.maxWidth] = options.maxWidth;
    words[WORD.maxHeight] = options.maxHeight;
    words[WORD.pid] = process.pid;
    extension.#bytes.set(Buffer.from(MAGIC, "latin1"));
    return extension;
  }

  /** The extension of a segment that has one of a version known here and for this many buffers; null for plain FURY. */
  static attach(segment: MemorySegment, numBuffers: number): InfoExtension | null {
    if (segment.size < extendedInfoSize(numBuffers)) return null;
    const extension = new InfoExtension(segment, numBuffers);
    const words = extension.#words;
    const known =
      Buffer.from(extension.#bytes.subarray(0, MAGIC.length)).toString("latin1") === MAGIC &&
      words[WORD.version] === VERSION &&
      words[WORD.numBuffers] === numBuffers &&
      FORMATS[words[WORD.format] ?? -1] !== undefined;
    return known ? extension : null;
  }

  get format(): PixelFormat {
    return FORMATS[this.#load(WORD.format)] ?? "rgb";
  }

  /** px. */
  get maxSize(): [width: number, height: number] {
    return [this.#load(WORD.maxWidth), this.#load(WORD.maxHeight)];
  }

  /** Process id of the creator; of no use in another process namespace. */
  get pid(): number {
    return this.#load(WORD.pid);
  }

  get viewers(): number {
    return this.#load(WORD.viewers);
  }

  /** Sets the viewers and says that this server wakes the renderer; the wake itself is the caller's. */
  set viewers(count: number) {
    Atomics.store(this.#words, WORD.viewers, count);
    Atomics.store(this.#words, WORD.serverSignals, 1);
  }

  get serverSignals(): boolean {
    return this.#load(WORD.serverSignals) === 1;
  }

  get eventCapabilities(): EventCapabilities {
    const bits = this.#load(WORD.takes);
    return {
      resize: (bits & EVENT_CAPABILITY.resize) !== 0,
      keys: (bits & EVENT_CAPABILITY.keys) !== 0,
      doubleClick: (bits & EVENT_CAPABILITY.doubleClick) !== 0,
    };
  }

  set eventCapabilities(takes: EventCapabilities) {
    const bits =
      (takes.resize ? EVENT_CAPABILITY.resize : 0) |
      (takes.keys ? EVENT_CAPABILITY.keys : 0) |
      (takes.doubleClick ? EVENT_CAPABILITY.doubleClick : 0);
    Atomics.store(this.#words, WORD.takes, bits);
  }

  get hasPendingRender(): boolean {
    return this.#load(WORD.frameDue) === 1;
  }

  set hasPendingRender(due: boolean) {
    Atomics.store(this.#words, WORD.frameDue, due ? 1 : 0);
  }

  get allowReducedResolution(): boolean {
    return this.#load(WORD.mayBeSmaller) === 1;
  }

  set allowReducedResolution(may: boolean) {
    Atomics.store(this.#words, WORD.mayBeSmaller, may ? 1 : 0);
  }

  get renders(): number {
    return this.#load(WORD.renders);
  }

  countRender(): void {
    Atomics.add(this.#words, WORD.renders, 1);
  }

  /** The newest camera; null before the first, and for one with numbers that no camera has. */
  get camera(): CameraState | null {
    return this.readWithCamera(() => null)?.camera ?? null;
  }

  set camera(camera: CameraState) {
    this.publishWithCamera(camera, () => {});
  }

  /**
   * What `read` gives, with the camera that belongs to it: both from a moment in which no {@link publishWithCamera} was
   * under way. Null when there was no such moment. Of a writer that died in the middle no camera is known.
   */
  readWithCamera<Value>(read: () => Value): { value: Value; camera: CameraState | null } | null {
    for (let tries = 0; tries < CAMERA_TRIES; tries++) {
      const before = this.#load(WORD.cameraSequence);
      if (before % 2 !== 0) continue;
      const values = Array.from(this.#floats.subarray(CAMERA, CAMERA + CAMERA_VALUES));
      const value = read();
      if (this.#reload(WORD.cameraSequence) !== before) continue;
      return { value, camera: before === 0 ? null : toCamera(values) };
    }
    return this.#isLeftHalfway() ? { value: read(), camera: null } : null;
  }

  #isLeftHalfway(): boolean {
    const sequence = this.#load(WORD.cameraSequence);
    const now = performance.now();
    if (sequence !== this.#partialWrite.sequence) this.#partialWrite = { sequence, since: now };
    return sequence % 2 !== 0 && now - this.#partialWrite.since > DEAD_WRITER_MS;
  }

  /** Writes a camera and calls `publish`: readers by {@link readWithCamera} see both or neither. */
  publishWithCamera(camera: CameraState, publish: () => void): void {
    const { position, focalPoint, viewUp, viewAngle, parallelScale = 0 } = camera;
    const values = [...position, ...focalPoint, ...viewUp, viewAngle, parallelScale];
    const valid = toCamera(values) !== null;
    if (valid) {
      this.#open(WORD.cameraSequence);
      this.#floats.set(values, CAMERA);
    }
    publish();
    if (valid) this.#close(WORD.cameraSequence);
  }

  /** Byte offset in the info segment of the sequence word of a buffer. */
  sequenceOffset(buffer: number): number {
    return EXTENSION_OFFSET + SLOTS + SLOT_BYTES * buffer;
  }

  /** Says that a buffer is being written. May be called again before {@link endSlot}. */
  beginSlot(buffer: number): void {
    this.#open(slotWord(buffer));
  }

  /** Says that a buffer is written, and tells about its frame. */
  endSlot(buffer: number, frame: number, meta: WrittenFrameMetadata): void {
    const word = slotWord(buffer);
    const float = word / 2;
    this.#words[word + 1] = meta.still ? STILL : 0;
    this.#floats[float + 1] = frame;
    this.#floats[float + 2] = performance.timeOrigin + performance.now();
    this.#floats[float + 3] = meta.renderMs ?? Number.NaN;
    this.#floats[float + 4] = meta.eventTimestamp ?? Number.NaN;
    this.#words.set(meta.viewSize ?? [0, 0], word + 10);
    this.#close(word);
  }

  /** The number of the newest frame; null before the first. */
  get newestFrame(): number | null {
    let newest: number | null = null;
    for (let buffer = 0; buffer < this.#numBuffers; buffer++) {
      const { frame } = this.slotMetadata(buffer);
      if (frame !== null && frame > (newest ?? 0)) newest = frame;
    }
    return newest;
  }

  /** The sequence word of a buffer; odd while it is written. */
  slotSequence(buffer: number): number {
    return this.#load(slotWord(buffer));
  }

  /** The sequence word again, after what it guards was read: nothing read before this moves behind it. */
  slotSequenceAfter(buffer: number): number {
    return this.#reload(slotWord(buffer));
  }

  /** What is told about the frame in a buffer. */
  slotMetadata(buffer: number): FrameMetadata {
    const float = slotWord(buffer) / 2;
    const finite = (index: number) => {
      const value = this.#floats[float + index];
      return value !== undefined && Number.isFinite(value) ? value : null;
    };
    const frame = finite(1);
    return {
      frame: frame !== null && Number.isSafeInteger(frame) && frame > 0 ? frame : null,
      renderedAt: finite(2),
      renderMs: finite(3),
      eventTimestamp: finite(4),
      still: ((this.#words[slotWord(buffer) + 1] ?? 0) & STILL) !== 0,
      viewSize: toViewSize(this.#words.subarray(slotWord(buffer) + 10)),
    };
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  /** A read-modify-write that changes nothing: unlike a load, it keeps earlier reads before it on every processor. */
  #reload(word: number): number {
    return Atomics.or(this.#words, word, 0);
  }

  /** Makes a sequence odd. */
  #open(word: number): void {
    if (this.#load(word) % 2 === 0) Atomics.add(this.#words, word, 1);
  }

  /** Makes a sequence even; never 0, which says that nothing was ever written. */
  #close(word: number): void {
    Atomics.add(this.#words, word, 1);
    if (this.#load(word) === 0) Atomics.store(this.#words, word, 2);
  }
}

function extensionBytes(numBuffers: number): number {
  return SLOTS + SLOT_BYTES * numBuffers;
}

function slotWord(buffer: number): number {
  return (SLOTS + SLOT_BYTES * buffer) / 4;
}

function toViewSize([width = 0, height = 0]: Uint32Array<ArrayBufferLike>): [number, number] | null {
  const sides = [width, height];
  return sides.every((side) => side > 0 && side <= LONGEST_SIDE) ? [width, height] : null;
}

function toCamera(values: readonly number[]): CameraState | null {
  const [viewAngle = 0, parallelScale = 0] = values.slice(9);
  if (!values.every(Number.isFinite) || viewAngle <= 0 || viewAngle >= 180 || parallelScale < 0) return null;
  const triple = (index: number): Triple => [
    values[index] ?? 0,
    values[index + 1] ?? 0,
    values[index + 2] ?? 0,
  ];
  const camera = { position: triple(0), focalPoint: triple(3), viewUp: triple(6), viewAngle };
  return parallelScale > 0 ? { ...camera, parallelScale } : camera;
}
