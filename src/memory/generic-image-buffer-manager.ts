import { type EventCapabilities, NO_EXTRA_EVENTS } from "./event-ids.ts";
import { FrameJpegs } from "./frame-jpegs.ts";
import {
  type CurrentFrame,
  FrameReader,
  fixedBuffer,
  type NewestFrame,
  reusableBuffer,
} from "./frame-reader.ts";
import { FrameWriter, type WritableFrame } from "./frame-writer.ts";
import {
  attachImageMemory,
  type CreateImageBuffers,
  componentsOf,
  createImageMemory,
  type ImageMemory,
  type OpenImages,
  releaseImageMemory,
} from "./image-memory.ts";
import {
  type CameraState,
  FRAME_WORD_OFFSET,
  type InfoExtension,
  type PixelFormat,
  RENDERER_WORD_OFFSET,
  type WrittenFrameMetadata,
} from "./info-extension.ts";
import { INDEX_WORD } from "./info-layout.ts";
import { assertMemoryKind, type MemoryBackend } from "./memory-backend.ts";
import type { MemorySegment } from "./memory-segment.ts";
import { type Closable, ImageMemoryAccess } from "./native-image-access.ts";
import { watchFuryFrames } from "./plain-frame-watch.ts";

export type { Closable };

/**
 * FURY's n-buffer technique in any kind of memory: a producer writes frames into n image buffers in turn, while readers
 * take the newest. Frames are RGB (or, where the creator chose so, RGBA), rows bottom-up. What our producers tell beyond
 * FURY (see info-extension.ts) is null, 0 or without effect where the producer is plain FURY.
 */
export abstract class GenericImageBufferManager<Memory extends ArrayBufferLike = ArrayBufferLike>
  implements Disposable
{
  readonly #kind: MemoryBackend<Memory>;
  readonly #jpegs = new FrameJpegs(() => this.#opened.reader);
  /** Opens the memory that somebody else made; null where it was made here. */
  #attachable: OpenImages<Memory> | null;
  #opened: Opened<Memory>;

  /** New memory, or memory that `from` opens. */
  protected constructor(kind: MemoryBackend<Memory>, from: CreateImageBuffers | OpenImages<Memory>) {
    assertMemoryKind(kind, "GenericImageBufferManager", [
      "RawArrayImageBufferManager",
      "SharedMemImageBufferManager",
    ]);
    this.#kind = kind;
    this.#attachable = "images" in from ? from : null;
    this.#opened = use("images" in from ? attachImageMemory(from) : createImageMemory(kind, from));
  }

  /**
   * The largest frame in px: any width and height with no more pixels fit. A plain FURY producer does not tell; it is
   * then the size of its current frame, or before the first a square that fits.
   */
  get maxWindowSize(): [width: number, height: number] {
    return [...this.#opened.maxSize];
  }

  get numBuffers(): number {
    return this.#opened.memory.images.length;
  }

  get pixelFormat(): PixelFormat {
    return this.#opened.memory.format;
  }

  /** Whether the info segment carries our extension; false for a plain FURY producer. */
  get isExtended(): boolean {
    return this.#opened.memory.extension !== null;
  }

  /** Index of the newest frame's buffer, as the producer wrote it. */
  get bufferIndex(): number {
    return this.#opened.memory.info.isCurrent() ? this.#opened.memory.layout.bufferIndex : 0;
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
  writeInto(width: number, height: number, pixels: Uint8Array, meta: WrittenFrameMetadata = {}): void {
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
    const frame = this.#opened.writer.begin(width, height);
    if (!frame) this.#wake(FRAME_WORD_OFFSET);
    return frame;
  }

  endWrite(meta: WrittenFrameMetadata = {}): void {
    this.#opened.writer.end(meta);
    this.#wake(FRAME_WORD_OFFSET);
  }

  /**
   * Takes memory for frames of this size in every buffer, so that writing them later can not fail.
   * @throws SharedMemoryError when there is none.
   */
  reserve(width: number, height: number): void {
    this.#opened.writer.reserve(width, height);
  }

  /** Whether a frame of this size is written as it is. */
  fits(width: number, height: number): boolean {
    return this.#opened.writer.fits(width, height);
  }

  /**
   * Copies the newest frame, whole, never a torn one, into `target`, or into new memory that no later frame changes.
   * Null when there is none, see {@link problem}: one that cannot be read now is followed by another change of the
   * watched word.
   * @throws RangeError when `target` is too small.
   */
  getCurrentFrame(target?: Uint8Array<ArrayBuffer>): CurrentFrame | null {
    return this.#opened.reader.read(target ? fixedBuffer(target) : reusableBuffer());
  }

  /**
   * The newest frame as a JPEG, top row first: quality 95 without coarser colours, as a picture to keep. Null when there
   * is no frame, see {@link problem}. Encodes on this thread; {@link asyncGetJpeg} does not.
   */
  getJpeg(): Uint8Array | null {
    return this.#jpegs.take();
  }

  /**
   * As {@link getJpeg}, encoded on other threads. A picture is taken and encoded at most once every `ms` ms, however
   * often and by how many this is called: it waits for the rest of that time, and all who wait get the same bytes. A
   * picture that did not change is not encoded again where its producer numbers its frames. Null when there is no frame,
   * or after cleanup.
   * @throws RangeError when `ms` is not 0 or more.
   */
  asyncGetJpeg(ms = 33): Promise<Uint8Array | null> {
    return this.#jpegs.takeAsync(ms);
  }

  /**
   * The newest frame's number, size and so on, and the camera that it was rendered from, all of the same frame; no
   * pixel is copied. Null when there is none, see {@link problem}, or its writer died in the middle.
   */
  get newestFrame(): NewestFrame | null {
    const extension = this.#extension;
    const read = extension
      ? extension.readWithCamera(() => this.#opened.reader.readMetadata())
      : { value: this.#opened.reader.readMetadata(), camera: null };
    return read?.value ? { ...read.value, camera: read.camera } : null;
  }

  /** Why the last getCurrentFrame gave null, in words for a person; empty after one that gave a frame. */
  get problem(): string {
    return this.#opened.reader.problem;
  }

  /**
   * Calls back on this thread when a frame was written: by a futex where the producer wakes it. A plain FURY producer is
   * polled, also one that writes into segments of ours; there it may call back once more for a frame that was there
   * before, when no other follows.
   */
  watchFrames(onFrame: () => void): Closable {
    if (!this.isExtended) return this.#watchPlainFrames(onFrame);
    const ours = this.#opened.access.watch(FRAME_WORD_OFFSET, "futex", onFrame);
    // No program but ours writes RGBA.
    if (this.pixelFormat === "rgba") return ours;
    const plain = this.#watchPlainFrames(onFrame);
    return {
      close() {
        ours.close();
        plain.close();
      },
    };
  }

  #watchPlainFrames(onFrame: () => void): Closable {
    const { access, memory } = this.#opened;
    const watchIndex = (onChange: () => void) => access.watch(INDEX_WORD * 4, "poll", onChange);
    // A reader of its own: what it finds is not what the last getCurrentFrame found.
    const reader = new FrameReader(memory, access);
    return watchFuryFrames(reader, this.numBuffers > 1 ? watchIndex : null, onFrame);
  }

  /** The server's call after it put events into the queue: wakes a renderer of ours at once. */
  wakeRenderer(): void {
    this.#wake(RENDERER_WORD_OFFSET);
  }

  /** The renderer's side of {@link wakeRenderer} and {@link viewers}: calls back after either. */
  watchRenderer(onWake: () => void): Closable {
    return this.#opened.access.watch(RENDERER_WORD_OFFSET, "futex", onWake);
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
  get serverSignals(): boolean {
    return this.#extension?.serverWakes ?? false;
  }

  /** Which events beyond FURY's eight the consumer takes; it sets them. */
  get eventCapabilities(): EventCapabilities {
    return this.#extension?.eventCapabilities ?? { ...NO_EXTRA_EVENTS };
  }

  set eventCapabilities(takes: EventCapabilities) {
    const extension = this.#extension;
    if (extension) extension.eventCapabilities = takes;
  }

  /**
   * Whether a frame is still to come, once somebody looks, that shows the view as it is now, and in full quality where
   * it rests. The renderer sets it; false where it never does.
   */
  get hasPendingRender(): boolean {
    return this.#extension?.hasPendingRender ?? false;
  }

  set hasPendingRender(due: boolean) {
    const extension = this.#extension;
    if (extension) extension.hasPendingRender = due;
  }

  /**
   * Whether frames may have fewer pixels than their view (`viewSize`), as all who look take pictures whose size changes.
   * The server sets it; false where it never does.
   */
  get allowReducedResolution(): boolean {
    return this.#extension?.allowReducedResolution ?? false;
  }

  set allowReducedResolution(may: boolean) {
    const extension = this.#extension;
    if (extension) extension.allowReducedResolution = may;
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

  /**
   * Whether nobody is left who could write a frame: the producer has ended, or has closed its memory. One that is slow,
   * stopped or in a debugger is not gone. False where it can not be told: for buffers of this program, and for those of
   * a plain FURY producer that were not attached with `readOnly`.
   */
  get producerGone(): boolean {
    return this.#opened.memory.images.every((image) => image.isAbandoned());
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

  /**
   * Makes new memory like the one before, with no frame in it, and lets that go: those who are attached or watch stay
   * with the old.
   */
  createMemResource(): void {
    const { maxWindowSize, numBuffers, pixelFormat } = this;
    const memory = createImageMemory(this.#kind, { maxWindowSize, numBuffers, pixelFormat });
    releaseImageMemory(this.#opened.memory);
    this.#attachable = null;
    this.#opened = use(memory);
  }

  /**
   * Attaches again to the memory that the options named, or that was made here last.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    const { memory } = this.#opened;
    // What was made here is kept open: its maker's lock on it says that it is not left over.
    if (memory.owned && memory.info.isCurrent()) return;
    const reopen = (segment: MemorySegment<Memory>) => () => this.#kind.reopen(segment);
    const { images, info } = memory;
    const from = this.#attachable ?? { images: images.map(reopen), info: reopen(info) };
    this.#opened = use(attachImageMemory(from));
    releaseImageMemory(memory);
  }

  /** Closes the memory; whoever created it removes its names. May be called twice. */
  cleanup(): void {
    this.#jpegs.close();
    releaseImageMemory(this.#opened.memory);
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** The segments that are used now. */
  protected get memory(): ImageMemory<Memory> {
    return this.#opened.memory;
  }

  /** Touching memory that another process made shorter would kill this one. */
  get #extension(): InfoExtension | null {
    return this.#opened.memory.info.isCurrent() ? this.#opened.memory.extension : null;
  }

  #wake(byteOffset: number): void {
    if (this.#extension === null) return;
    try {
      this.#opened.access.wake(byteOffset);
    } catch (error) {
      // Another process may have truncated the segment since; then nothing waits on it any more.
      if (this.#extension !== null) throw error;
    }
  }
}

/** Memory, and what works on it. */
interface Opened<Memory extends ArrayBufferLike> {
  readonly memory: ImageMemory<Memory>;
  readonly access: ImageMemoryAccess;
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
  readonly maxSize: [width: number, height: number];
}

function use<Memory extends ArrayBufferLike>(memory: ImageMemory<Memory>): Opened<Memory> {
  const maxSize = largestFrame(memory);
  const access = new ImageMemoryAccess(memory);
  const writer = new FrameWriter(memory, maxSize);
  return { memory, access, writer, reader: new FrameReader(memory, access), maxSize };
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
