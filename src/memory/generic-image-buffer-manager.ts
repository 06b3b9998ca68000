import { TAKES_NOTHING_MORE, type TakenEvents } from "./event-ids.ts";
import { type CurrentFrame, FrameReader, type NewestFrame, type UntornCopy } from "./frame-reader.ts";
import { FrameWriter, type WritableFrame } from "./frame-writer.ts";
import { componentsOf, type ImageMemory } from "./image-memory.ts";
import {
  type CameraState,
  FRAME_WORD_OFFSET,
  type FrameMeta,
  type InfoExtension,
  type PixelFormat,
  RENDERER_WORD_OFFSET,
} from "./info-extension.ts";
import { INDEX_WORD } from "./info-layout.ts";

/** How often a producer without any sign of a new frame is looked at, ms. */
const SINGLE_BUFFER_MS = 33;

/** Something that goes on until it is closed; closing it twice is fine. */
export interface Closable {
  close(): void;
}

/** What differs between the kinds of memory under a manager: how its buffers are copied and its words waited for. */
export interface ImageMemoryAccess extends UntornCopy {
  /** Adds 1 to a word of the info segment and wakes those who wait for it. */
  wake(byteOffset: number): void;
  /** Calls back on this thread after a word of the info segment changed. Futex: its writers wake; else it is polled. */
  watch(byteOffset: number, mode: "futex" | "poll", onChange: () => void): Closable;
}

/**
 * FURY's n-buffer technique in any kind of memory: a producer writes frames into n image buffers in turn, while readers
 * take the newest. Frames are RGB (or, where the creator chose so, RGBA), rows bottom-up. What our producers tell beyond
 * FURY (see info-extension.ts) is null, 0 or without effect where the producer is plain FURY.
 */
export class GenericImageBufferManager implements Disposable {
  readonly #memory: ImageMemory;
  readonly #access: ImageMemoryAccess;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #maxSize: [width: number, height: number];
  #closed = false;

  protected constructor(memory: ImageMemory, access: ImageMemoryAccess) {
    this.#memory = memory;
    this.#access = access;
    this.#maxSize = largestFrame(memory);
    this.#writer = new FrameWriter(memory, this.#maxSize);
    this.#reader = new FrameReader(memory, access);
  }

  /**
   * The largest frame in px: any width and height with no more pixels fit. A plain FURY producer does not tell; it is
   * then the size of its current frame, or before the first a square that fits.
   */
  get maxWindowSize(): [width: number, height: number] {
    return [...this.#maxSize];
  }

  get numBuffers(): number {
    return this.#memory.images.length;
  }

  get pixelFormat(): PixelFormat {
    return this.#memory.format;
  }

  /** Whether the info segment carries our extension; false for a plain FURY producer. */
  get isExtended(): boolean {
    return this.#memory.extension !== null;
  }

  /** Index of the newest frame's buffer, as the producer wrote it. */
  get bufferIndex(): number {
    return this.#memory.info.isCurrent() ? this.#memory.layout.bufferIndex : 0;
  }

  /** Index of the buffer that the next frame goes into. */
  get nextBufferIndex(): number {
    return (this.bufferIndex + 1) % this.numBuffers;
  }

  /**
   * Writes a frame: `width` * `height` packed pixels in the manager's format, rows bottom-up. One that is too large is
   * replaced by a picture that says so, at the maximum size.
   * @throws RangeError when the size is none or `pixels` does not have its number of bytes.
   * @throws SharedMemoryError when there is no memory for it.
   */
  writeInto(width: number, height: number, pixels: Uint8Array, meta: FrameMeta = {}): void {
    const bytes = width * height * componentsOf(this.pixelFormat);
    if (pixels.length !== bytes) {
      throw new RangeError(
        `A frame of ${width}x${height} px in ${this.pixelFormat} has ${bytes} bytes; ${pixels.length} were given.`,
      );
    }
    const frame = this.beginWrite(width, height);
    if (!frame) return;
    frame.data.set(pixels);
    this.endWrite(meta);
  }

  /**
   * Gives the next buffer to write a frame into, without a copy; {@link endWrite} then makes it the current one. Null
   * when the frame is too large: a picture that says so has been written instead. A frame that was begun and not ended
   * is begun anew.
   * @throws RangeError when the size is none; SharedMemoryError when there is no memory for it.
   */
  beginWrite(width: number, height: number): WritableFrame | null {
    const frame = this.#writer.begin(width, height);
    if (!frame) this.#wake(FRAME_WORD_OFFSET);
    return frame;
  }

  endWrite(meta: FrameMeta = {}): void {
    this.#writer.end(meta);
    this.#wake(FRAME_WORD_OFFSET);
  }

  /**
   * Takes memory for frames of this size in every buffer, so that writing them later can not fail.
   * @throws SharedMemoryError when there is none.
   */
  reserve(width: number, height: number): void {
    this.#writer.reserve(width, height);
  }

  /** Whether a frame of this size is written as it is. */
  fits(width: number, height: number): boolean {
    return this.#writer.fits(width, height);
  }

  /**
   * Copies the newest frame, whole, never a torn one, into `target` or into memory that the next call uses again. Null
   * when there is none, see {@link problem}: one that cannot be read now is followed by another change of the watched
   * word.
   * @throws RangeError when `target` is too small.
   */
  getCurrentFrame(target?: Uint8Array<ArrayBuffer>): CurrentFrame | null {
    return this.#reader.read(target);
  }

  /**
   * The newest frame's number, size and so on, and the camera that it was rendered from, all of the same frame; no
   * pixel is copied. Null when there is none, see {@link problem}, or its writer died in the middle.
   */
  get newestFrame(): NewestFrame | null {
    const extension = this.#extension;
    const read = extension
      ? extension.readWithCamera(() => this.#reader.readFacts())
      : { value: this.#reader.readFacts(), camera: null };
    return read?.value ? { ...read.value, camera: read.camera } : null;
  }

  /** Why the last getCurrentFrame gave null, in words for a person; empty after one that gave a frame. */
  get problem(): string {
    return this.#reader.problem;
  }

  /**
   * Calls back on this thread when a frame was written: by a futex where the producer wakes it, else by polling. The
   * only buffer of a plain FURY producer never changes its index: there it calls back all the time, 30 times a second.
   */
  watchFrames(onFrame: () => void): Closable {
    if (this.isExtended) return this.#access.watch(FRAME_WORD_OFFSET, "futex", onFrame);
    if (this.numBuffers > 1) return this.#access.watch(INDEX_WORD * 4, "poll", onFrame);
    const timer = setInterval(onFrame, SINGLE_BUFFER_MS);
    return { close: () => clearInterval(timer) };
  }

  /** The server's call after it put events into the queue: wakes a renderer of ours at once. */
  wakeRenderer(): void {
    this.#wake(RENDERER_WORD_OFFSET);
  }

  /** The renderer's side of {@link wakeRenderer} and {@link viewers}: calls back after either. */
  watchRenderer(onWake: () => void): Closable {
    return this.#access.watch(RENDERER_WORD_OFFSET, "futex", onWake);
  }

  /** How many look. The server sets it; a renderer of ours sleeps at 0. */
  get viewers(): number {
    return this.#extension?.viewers ?? 0;
  }

  set viewers(count: number) {
    const extension = this.#extension;
    if (!extension) return;
    extension.viewers = count;
    this.#wake(RENDERER_WORD_OFFSET);
  }

  /** Whether a server is attached that wakes the renderer; without one, the queue must be polled. */
  get serverWakes(): boolean {
    return this.#extension?.serverWakes ?? false;
  }

  /** Which events beyond FURY's eight the consumer takes; it sets them. */
  get takes(): TakenEvents {
    return this.#extension?.takes ?? { ...TAKES_NOTHING_MORE };
  }

  set takes(takes: TakenEvents) {
    const extension = this.#extension;
    if (extension) extension.takes = takes;
  }

  /**
   * Whether a frame is still to come, once somebody looks, that shows the view as it is now, and in full quality where
   * it rests. The renderer sets it; false where it never does.
   */
  get frameDue(): boolean {
    return this.#extension?.frameDue ?? false;
  }

  set frameDue(due: boolean) {
    const extension = this.#extension;
    if (extension) extension.frameDue = due;
  }

  /** How often the renderer has rendered; 0 where that is not known. */
  get renders(): number {
    return this.#extension?.renders ?? 0;
  }

  /** The renderer's call after each render. */
  countRender(): void {
    this.#extension?.countRender();
  }

  /** Process id of the creator, null where not known. */
  get producerPid(): number | null {
    return this.#extension?.pid ?? null;
  }

  /** The viewpoint of the newest frame; it outlives its renderer for as long as someone is attached. */
  get camera(): CameraState | null {
    return this.#extension?.camera ?? null;
  }

  /**
   * For a camera without a frame; that of a frame goes with {@link endWrite}. One with numbers that are not finite is
   * not written.
   */
  set camera(camera: CameraState) {
    const extension = this.#extension;
    if (extension) extension.camera = camera;
  }

  /** Closes the memory; whoever created it removes its names. May be called twice. */
  cleanup(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const segment of [...this.#memory.images, this.#memory.info]) {
      if (this.#memory.owned) segment.unlink();
      segment.close();
    }
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** Touching memory that another process made shorter would kill this one. */
  get #extension(): InfoExtension | null {
    return this.#memory.info.isCurrent() ? this.#memory.extension : null;
  }

  #wake(byteOffset: number): void {
    if (this.#extension) this.#access.wake(byteOffset);
  }
}

/** What the producer says, where its buffers hold that much; else the current frame's size, or a square that fits. */
function largestFrame({ images, layout, extension, format }: ImageMemory): [number, number] {
  const pixels = Math.min(...images.map((image) => image.size)) / componentsOf(format);
  const current = layout.sizeOf(layout.bufferIndex < images.length ? layout.bufferIndex : 0);
  for (const [width, height] of [extension?.maxSize ?? [0, 0], current]) {
    if (width > 0 && height > 0 && width * height <= pixels) return [width, height];
  }
  const side = Math.max(1, Math.floor(Math.sqrt(pixels)));
  return [side, side];
}
