import { wakeWord, watchWord } from "../native/word-watch.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { EventCapabilities } from "./event-row.ts";
import type { PixelFormat, WrittenFrameMetadata } from "./extension-blocks.ts";
import {
  type BufferProvider,
  type FrameCopy,
  FrameReader,
  fixedBuffer,
  type NewestFrame,
  reusableBuffer,
} from "./frame-reader.ts";
import { FrameWriter, type WritableFrame } from "./frame-writer.ts";
import {
  attachImageMemory,
  componentsOf,
  createImageMemory,
  type ImageKeys,
  type ImageMemory,
  type ImageShape,
} from "./image-memory.ts";
import {
  FRAME_WORD_OFFSET,
  type InfoExtension,
  RENDERER_WORD_OFFSET,
  type WordField,
} from "./info-segment.ts";
import { EVENT_CAPABILITY } from "./layout.generated.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import type { Closable } from "./memory-segment.ts";
import { watchPlainFrames } from "./plain-frame-watch.ts";

/**
 * An image in shared memory: the renderer writes frames into n buffers in turn, and readers copy the newest. Frames are RGB
 * (or RGBA, if the creator chose that), rows bottom-up. What the extension adds to FURY's layout (see
 * native/scenecast_memory.h) is null, 0 or without effect if the producer is plain FURY.
 */
export class SharedImage<Key extends SegmentKey = SegmentKey> implements Disposable {
  protected readonly backend: MemoryBackend<Key>;
  #opened: Opened;

  /**
   * Creates an image of this shape, or attaches to an existing one.
   * @throws RangeError for an invalid size, number of buffers or pixel format.
   * @throws SharedMemoryError if there is no such segment, or not enough memory.
   * @throws MemoryLayoutError if the segments do not have the layout of an image.
   */
  constructor(backend: MemoryBackend<Key>, from: ImageShape | ImageKeys<Key>) {
    this.backend = backend;
    this.#opened = open("info" in from ? attachImageMemory(backend, from) : createImageMemory(backend, from));
  }

  /** Keys by which another process or Worker attaches. */
  get keys(): ImageKeys<Key> {
    const { images, info } = this.memory;
    return {
      images: images.map((segment) => this.backend.keyOf(segment)),
      info: this.backend.keyOf(info),
    };
  }

  /**
   * The largest frame in px: any width and height with no more pixels fit. A plain FURY producer does not publish it; it
   * is then the size of the current frame, or before the first frame a square that fits.
   */
  get maxWindowSize(): [width: number, height: number] {
    return [...this.#opened.maxSize];
  }

  get numBuffers(): number {
    return this.memory.images.length;
  }

  get pixelFormat(): PixelFormat {
    return this.memory.format;
  }

  /** Whether the info segment carries the extension; false for a plain FURY producer. */
  get isExtended(): boolean {
    return this.memory.extension !== null;
  }

  /**
   * Writes a frame: `width` * `height` packed pixels in {@link pixelFormat}, rows bottom-up.
   * @returns false if the frame is too large; it was not written.
   * @throws RangeError if the size is invalid or `pixels` has another number of bytes.
   * @throws SharedMemoryError if there is not enough memory.
   */
  write(width: number, height: number, pixels: Uint8Array, metadata: WrittenFrameMetadata = {}): boolean {
    const bytes = width * height * componentsOf(this.pixelFormat);
    if (pixels.length !== bytes) {
      throw new RangeError(
        `A frame of ${width}x${height} px in ${this.pixelFormat} has ${bytes} bytes; ${pixels.length} were given.`,
      );
    }
    const frame = this.beginWrite(width, height);
    if (!frame) return false;
    frame.data.set(pixels);
    this.endWrite(metadata);
    return true;
  }

  /**
   * Returns the next buffer, to write a frame into it without a copy; {@link endWrite} then publishes it. Null if the frame
   * is too large. A frame that was begun and not ended is discarded.
   * @throws RangeError if the size is invalid; SharedMemoryError if there is not enough memory.
   */
  beginWrite(width: number, height: number): WritableFrame | null {
    return this.#opened.writer.begin(width, height);
  }

  endWrite(metadata: WrittenFrameMetadata = {}): void {
    this.#opened.writer.end(metadata);
    this.#wake(FRAME_WORD_OFFSET);
  }

  /**
   * Commits memory for frames of this size in every buffer, so that writing them later cannot fail.
   * @throws SharedMemoryError if there is not enough memory.
   */
  reserve(width: number, height: number): void {
    this.#opened.writer.reserve(width, height);
  }

  /** Whether a frame of this size fits into a buffer. */
  fits(width: number, height: number): boolean {
    return this.#opened.writer.fits(width, height);
  }

  /**
   * Copies the newest frame, without tearing, into `target`; by default into new memory that no later frame changes. Null if
   * there is none, see {@link problem}; if a frame cannot be read at this moment, the watched word will change again.
   * @throws RangeError if `target` is too small.
   */
  read(target: Uint8Array<ArrayBuffer> | BufferProvider = reusableBuffer()): FrameCopy | null {
    return this.#opened.reader.read(typeof target === "function" ? target : fixedBuffer(target));
  }

  /**
   * Metadata of the newest frame and the camera that it was rendered from, both of the same frame; no pixel is copied. Null
   * if there is no frame, see {@link problem}, or its writer died while writing it.
   */
  get newestFrame(): NewestFrame | null {
    const extension = this.#extension;
    const read = extension
      ? extension.camera.readWith(() => this.#opened.reader.readMetadata())
      : { value: this.#opened.reader.readMetadata(), camera: null };
    return read?.value ? { ...read.value, camera: read.camera } : null;
  }

  /** Why the last {@link read} returned null, as a message; empty after one that returned a frame. */
  get problem(): string {
    return this.#opened.reader.problem;
  }

  /**
   * Calls back on this thread when a frame was written: by a futex if the producer wakes it. A plain FURY producer is
   * polled, also one that writes into segments with the extension; the frame that was
   * current before may be reported too.
   */
  watchFrames(onFrame: () => void): Closable {
    if (!this.isExtended) return watchPlainFrames(this.memory, onFrame);
    const extended = watchWord(this.memory.info, FRAME_WORD_OFFSET, "futex", onFrame);
    // Plain FURY producers write no RGBA.
    if (this.pixelFormat === "rgba") return extended;
    const plain = watchPlainFrames(this.memory, onFrame);
    return {
      close() {
        extended.close();
        plain.close();
      },
    };
  }

  /** Wakes the renderer. The server calls it after it has enqueued events. */
  wakeRenderer(): void {
    this.#wake(RENDERER_WORD_OFFSET);
  }

  /** The renderer's side of {@link wakeRenderer} and {@link viewers}: calls back after either. */
  watchRenderer(onWake: () => void): Closable {
    return watchWord(this.memory.info, RENDERER_WORD_OFFSET, "futex", onWake);
  }

  /** Number of viewers. The server sets it; the renderer sleeps while it is 0. */
  get viewers(): number {
    return this.#load("viewers");
  }

  set viewers(count: number) {
    this.#extension?.store("viewers", count);
    this.#extension?.store("serverSignals", 1);
    this.#wake(RENDERER_WORD_OFFSET);
  }

  /** Whether a server is attached that wakes the renderer; without one, the renderer must poll the queue. */
  get serverSignals(): boolean {
    return this.#load("serverSignals") === 1;
  }

  /** Which events beyond FURY's eight the renderer handles; the renderer sets it. */
  get eventCapabilities(): EventCapabilities {
    const bits = this.#load("eventCapabilities");
    const has = (capability: number) => (bits & capability) !== 0;
    const { resize, keys, doubleClick } = EVENT_CAPABILITY;
    return { resize: has(resize), keys: has(keys), doubleClick: has(doubleClick) };
  }

  set eventCapabilities({ resize, keys, doubleClick }: EventCapabilities) {
    const bits =
      (resize ? EVENT_CAPABILITY.resize : 0) |
      (keys ? EVENT_CAPABILITY.keys : 0) |
      (doubleClick ? EVENT_CAPABILITY.doubleClick : 0);
    this.#extension?.store("eventCapabilities", bits);
  }

  /**
   * Whether the newest frame is not yet the current view in full quality, and one that is will follow while there are
   * viewers. The renderer sets it; default false.
   */
  get hasPendingRender(): boolean {
    return this.#load("pendingRender") === 1;
  }

  set hasPendingRender(pending: boolean) {
    this.#extension?.store("pendingRender", pending ? 1 : 0);
  }

  /**
   * Whether frames may have fewer pixels than their view (`viewSize`), since all viewers accept frames of changing size. The
   * server sets it; default false.
   */
  get allowReducedResolution(): boolean {
    return this.#load("allowReducedResolution") === 1;
  }

  set allowReducedResolution(allow: boolean) {
    this.#extension?.store("allowReducedResolution", allow ? 1 : 0);
  }

  /** Number of renders since the start; 0 if unknown. */
  get renders(): number {
    return this.#load("renders");
  }

  /** Counts a render; the renderer calls it after each. */
  countRender(): void {
    this.#extension?.increment("renders");
  }

  /** Process id of the creator, meaningless in another process namespace; null if unknown. */
  get producerPid(): number | null {
    return this.#extension?.load("pid") ?? null;
  }

  /**
   * Whether no process is left that could write a frame: the producer has ended, or has closed its memory. One that is
   * slow, stopped or in a debugger is not gone. False if unknown: for SharedArrayBuffers, and for a plain FURY producer
   * whose segments were not attached with `readOnly`.
   */
  get producerGone(): boolean {
    return this.memory.images.every((image) => image.isAbandoned());
  }

  /** Camera of the newest frame; it stays after its renderer has ended, as long as a process is attached. */
  get camera(): CameraState | null {
    return this.#extension?.camera.readWith(() => null)?.camera ?? null;
  }

  /** Sets a camera without a frame; {@link endWrite} sets that of a frame. One with non-finite numbers is ignored. */
  set camera(camera: CameraState) {
    this.#extension?.camera.publish(camera, () => {});
  }

  /** Closes the memory, and removes its names if it was created here. May be called twice. */
  close(): void {
    this.memory.opened.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The segments in use. */
  protected get memory(): ImageMemory {
    return this.#opened.memory;
  }

  /** Uses other segments from now on, and releases those before. Watches stay with the old ones. */
  protected replaceMemory(memory: ImageMemory): void {
    this.memory.opened.dispose();
    this.#opened = open(memory);
  }

  /** Null also for a segment that another process has truncated: accessing it would end this process. */
  get #extension(): InfoExtension | null {
    return this.memory.info.isCurrent() ? this.memory.extension : null;
  }

  /** A word of the extension; 0 without one. */
  #load(field: WordField): number {
    return this.#extension?.load(field) ?? 0;
  }

  /** Adds 1 to a word of the info segment and wakes the threads that wait for it. */
  #wake(byteOffset: number): void {
    if (this.#extension === null) return;
    try {
      wakeWord(this.memory.info, byteOffset);
    } catch (error) {
      // Another process may have truncated the segment since; then there is no waiter to wake.
      if (this.#extension !== null) throw error;
    }
  }
}

/** The segments, with their reader and writer. */
interface Opened {
  readonly memory: ImageMemory;
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
  readonly maxSize: [width: number, height: number];
}

function open(memory: ImageMemory): Opened {
  const maxSize = largestFrame(memory);
  return { memory, writer: new FrameWriter(memory), reader: new FrameReader(memory), maxSize };
}

/** The size that the producer claims, if its buffers are that large; else that of the current frame, or a square that fits. */
function largestFrame({ images, layout, extension, format }: ImageMemory): [number, number] {
  const pixels = Math.min(...images.map((image) => image.size)) / componentsOf(format);
  const current = layout.sizeOf(layout.bufferIndex < images.length ? layout.bufferIndex : 0);
  const claimed = [extension?.load("maxWidth") ?? 0, extension?.load("maxHeight") ?? 0] as const;
  for (const [width, height] of [claimed, current]) {
    if (width > 0 && height > 0 && width * height <= pixels) return [width, height];
  }
  const side = Math.max(1, Math.floor(Math.sqrt(pixels)));
  return [side, side];
}
