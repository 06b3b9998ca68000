import { drawText } from "../encode/bitmap-text.ts";
import type { PixelFormat, WrittenFrameMetadata } from "../memory/extension-blocks.ts";
import { reusableBuffer } from "../memory/frame-reader.ts";
import { componentsOf, type ImageShape } from "../memory/image-memory.ts";
import { MemoryLayoutError } from "../memory/memory-segment.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { SharedMemoryError } from "../native/errors.ts";
import { packRgb } from "../native/frame-copy.ts";
import { reporter } from "../native/guarded.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ShowManager } from "../scene/show-manager.ts";

/** The part of a ShowManager that is needed to publish its frames. */
export type PublishedShow = Pick<
  ShowManager,
  "size" | "frameSize" | "render" | "readPixelsInto" | "on" | "cameraState"
>;

/** Options of the image that the frames of a show are written into. */
export interface PublishOptions {
  /**
   * The largest frame in px, so that the show may be resized. Any width and height with no more pixels fit. Default: 1.1 times
   * the show's size, each side rounded down.
   */
  maxWindowSize?: readonly [width: number, height: number];
  /** 1 to 510. Default 2. */
  numBuffers?: number;
  /** Default "rgb", which every FURY server understands; "rgba" is faster, but only scenecast's server reads it. */
  pixelFormat?: PixelFormat;
  /**
   * Called if a frame cannot be written by a timer or listener because its shared memory is missing or was truncated. Default:
   * logs the error, so that the program keeps running.
   */
  onWriteError?: (error: WriteError) => void;
}

/** Error of a frame that could not be written because its shared memory is missing or was truncated. */
export type WriteError = SharedMemoryError | MemoryLayoutError;

const logWriteError = reporter("A frame was not written");

/** Default of maxWindowSize / show size, as in FURY: 10 % more on each side. */
const SPARE = 1.1;

/**
 * The shape of an image for the frames of a show.
 * @throws RangeError if the show is larger than `maxWindowSize`
 */
export function imageShapeFor(
  show: Pick<ShowManager, "size">,
  { maxWindowSize: given, numBuffers, pixelFormat }: PublishOptions,
): ImageShape {
  const [width, height] = show.size;
  const maxWindowSize = given ?? ([Math.floor(width * SPARE), Math.floor(height * SPARE)] as const);
  if (maxWindowSize[0] * maxWindowSize[1] < width * height) {
    throw new RangeError(
      `maxWindowSize is ${maxWindowSize.join("x")} px, but the show is ${width}x${height}. ` +
        "Make maxWindowSize at least as large.",
    );
  }
  return { maxWindowSize, numBuffers, pixelFormat };
}

/** Writes the frames of a show into an image. */
export class FramePublisher implements Disposable {
  readonly #show: PublishedShow;
  readonly #image: SharedImage;
  readonly #onWriteError: (error: WriteError) => void;
  /** Functions that remove the listeners of the show. */
  readonly #removeListeners: readonly (() => void)[];
  /** RGBA pixels, if the image is RGB. */
  readonly #scratch = reusableBuffer();
  #expected: { metadata: WrittenFrameMetadata; startedAt: number } | null = null;
  /** Camera of a rendered frame that is not published yet, or null. */
  #unpublished: CameraState | null = null;
  /** Whether the unpublished frame is complete. */
  #isComplete = true;

  /** `onWriteError` handles the errors of {@link publishOrReport}. Default: logs them, so that the program keeps running. */
  constructor(
    show: PublishedShow,
    image: SharedImage,
    onWriteError: (error: WriteError) => void = logWriteError,
  ) {
    this.#show = show;
    this.#image = image;
    this.#onWriteError = onWriteError;
    this.#removeListeners = [
      show.on("render", ({ complete }) => {
        image.countRender();
        this.#isComplete = complete;
        this.#unpublished = show.cameraState;
      }),
      // A frame of the old size can no longer be read.
      show.on("resize", () => {
        this.#unpublished = null;
      }),
    ];
  }

  /** Sets the metadata of the next frame, and starts to measure its rendering time. An incomplete frame is published as not still. */
  expectFrame(metadata: Omit<WrittenFrameMetadata, "renderMs" | "camera" | "viewSize">): void {
    this.#expected = { metadata, startedAt: performance.now() };
  }

  /**
   * Writes the newest frame of the show, if it was rendered at the show's current size since the publisher was created. A frame
   * that does not fit is replaced by an oversize notice.
   * @returns false if there is no such frame, or it was published already.
   * @throws SharedMemoryError or MemoryLayoutError if its shared memory is missing or was truncated.
   */
  publish(): boolean {
    const camera = this.#unpublished;
    if (!camera) return false;
    this.#unpublished = null;
    const [width, height] = this.#show.frameSize;
    if (!this.#image.fits(width, height)) {
      writeOversizeNotice(this.#image, width, height);
      return true;
    }
    const frame = this.#image.beginWrite(width, height);
    if (!frame) return true;
    this.#readPixels(frame.data, width, height);
    const expected = this.#expected;
    if (this.#isComplete) this.#expected = null;
    const { size } = this.#show;
    const isReduced = width !== size[0] || height !== size[1];
    this.#image.endWrite({
      ...expected?.metadata,
      ...(!this.#isComplete && { still: false }),
      ...(expected && { renderMs: performance.now() - expected.startedAt }),
      camera,
      ...(isReduced && { viewSize: size }),
    });
    return true;
  }

  /** {@link publish} for a timer or a listener, where an exception would end the program. */
  publishOrReport(): void {
    try {
      this.publish();
    } catch (error) {
      if (!(error instanceof SharedMemoryError || error instanceof MemoryLayoutError)) throw error;
      this.#onWriteError(error);
    }
  }

  /** Stops listening to the show; the image stays open. */
  [Symbol.dispose](): void {
    for (const remove of this.#removeListeners) remove();
    this.#unpublished = null;
  }

  #readPixels(target: Uint8Array<ArrayBufferLike>, width: number, height: number): void {
    if (this.#image.pixelFormat === "rgba") {
      this.#show.readPixelsInto(target);
      return;
    }
    const rgba = this.#scratch(width * height * 4);
    this.#show.readPixelsInto(rgba);
    packRgb(target, rgba, width, height);
  }
}

/** Writes a frame of the image's maximum size with a message that a frame of `width` x `height` px does not fit. */
export function writeOversizeNotice(image: SharedImage, width: number, height: number): void {
  const [maxWidth, maxHeight] = image.maxWindowSize;
  const frame = image.beginWrite(maxWidth, maxHeight);
  if (!frame) return;
  drawText({ ...frame, components: componentsOf(image.pixelFormat) }, [
    "THIS FRAME IS TOO LARGE",
    `${width} X ${height} PX`,
    "THE BUFFERS HOLD",
    `${maxWidth} X ${maxHeight} PX`,
  ]);
  image.endWrite();
}
