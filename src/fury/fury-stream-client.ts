import type { Closable } from "../memory/closable.ts";
import type { PixelFormat, WrittenFrameMetadata } from "../memory/frame-metadata.ts";
import { MemoryLayoutError } from "../memory/memory-segment.ts";
import { SharedMemoryError } from "../native/errors.ts";
import { packRgb } from "../native/frame-copy.ts";
import { reporter } from "../native/guarded.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { RawArrayImageBufferManager } from "./raw-array-image-buffer-manager.ts";
import { SharedMemImageBufferManager } from "./shared-mem-image-buffer-manager.ts";
import { checkLongest, startTimer, type TimedShow } from "./timer-choice.ts";

/** What is needed of a ShowManager to stream its pictures. */
export type StreamedShow = Pick<
  ShowManager,
  "size" | "frameSize" | "render" | "readPixelsInto" | "on" | "cameraState"
> &
  TimedShow;

export interface FuryStreamClientOptions<RawArray extends boolean = boolean> {
  /**
   * The largest picture in px that the buffers hold, so that the show may be resized. Any width and height with no more
   * pixels fit. Default: 1.1 times the show's size, each side rounded down.
   */
  maxWindowSize?: readonly [width: number, height: number];
  /**
   * Whether the buffers are SharedArrayBuffers, for Workers of this program (FURY's RawArrays), or POSIX shared memory,
   * for other processes. Default true.
   */
  useRawArray?: RawArray;
  /**
   * With an interval: false takes the show's own timers, true an {@link IntervalTimer} or {@link IntervalTimerThreading},
   * which do not end with the show. Default false. (FURY: whithout_iren_start.)
   */
  withoutIrenStart?: boolean;
  /** 1 to 510. Default 2. */
  numBuffers?: number;
  /** Default "rgb", which every FURY server understands; "rgba" is faster, and for our own server alone. */
  pixelFormat?: PixelFormat;
  /**
   * Called if a frame after the first cannot be written because its shared memory is missing or was truncated. Default: logs the
   * error, so that the program keeps running.
   */
  onWriteError?: (error: SharedMemoryError | MemoryLayoutError) => void;
}

/** The image buffers of a stream client, by its option `useRawArray`. */
export type ImageBuffersOf<RawArray extends boolean> = RawArray extends true
  ? RawArrayImageBufferManager
  : SharedMemImageBufferManager;

const logWriteError = reporter("A picture was not written");

/** FURY: 10 % more on each side. */
const SPARE = 1.1;

/**
 * FURY's FuryStreamClient: writes the pictures of a show into image buffers, rows bottom-up, for a server to take.
 */
export class FuryStreamClient<RawArray extends boolean = true> implements Disposable {
  readonly imageBufferManager: ImageBuffersOf<RawArray>;
  readonly #show: StreamedShow;
  readonly #withoutIrenStart: boolean;
  readonly #onWriteError: (error: SharedMemoryError | MemoryLayoutError) => void;
  /** End the listening to the show. */
  readonly #offs: readonly (() => void)[];
  /** RGBA, for where the buffers are RGB. */
  #scratch = new Uint8Array(new ArrayBuffer(0));
  #next: { meta: WrittenFrameMetadata; startedAt: number } | null = null;
  /** The camera of a picture that can be read and was not written; null when there is none. */
  #fresh: CameraState | null = null;
  /** What calls for pictures; null when stopped. */
  #writing: Closable | null = null;

  /**
   * @throws RangeError when the show is larger than maxWindowSize; errors of the image buffer managers.
   */
  constructor(show: StreamedShow, options: FuryStreamClientOptions<RawArray> = {}) {
    const [width, height] = show.size;
    const {
      maxWindowSize = [Math.floor(width * SPARE), Math.floor(height * SPARE)],
      useRawArray = true,
      withoutIrenStart = false,
      numBuffers = 2,
      pixelFormat = "rgb",
      onWriteError = logWriteError,
    } = options;
    if (maxWindowSize[0] * maxWindowSize[1] < width * height) {
      throw new RangeError(
        `maxWindowSize is ${maxWindowSize.join("x")} px, but the show is ${width}x${height}. ` +
          "Make maxWindowSize at least as large.",
      );
    }
    this.#show = show;
    this.#withoutIrenStart = withoutIrenStart;
    this.#onWriteError = onWriteError;
    const shape = { maxWindowSize, numBuffers, pixelFormat };
    // By the type's own definition, which TypeScript does not follow through a condition.
    this.imageBufferManager = (
      useRawArray ? new RawArrayImageBufferManager(shape) : new SharedMemImageBufferManager(shape)
    ) as ImageBuffersOf<RawArray>;
    this.#offs = [
      show.on("render", () => {
        this.imageBufferManager.countRender();
        this.#fresh = show.cameraState;
      }),
      // What was drawn at the old size cannot be read any more.
      show.on("resize", () => {
        this.#fresh = null;
      }),
    ];
  }

  /** Whether it was started, and not stopped since. */
  get isRunning(): boolean {
    return this.#writing !== null;
  }

  /**
   * Renders the show and writes that picture, at once, and further ones from now on. Starting again is a restart.
   * @param ms 0: after every render. More: every so many ms the newest picture, where there is a new one.
   * @param useAsyncio with `withoutIrenStart` and an interval: IntervalTimer instead of IntervalTimerThreading
   * @throws RangeError for an interval below 0 or above 2^31 - 1 ms.
   */
  start(ms = 0, useAsyncio = false): void {
    if (!(ms >= 0))
      throw new RangeError(`The interval of the stream client must be 0 ms or more; it is ${ms}.`);
    checkLongest(ms);
    this.stop();
    this.#show.render();
    callbackStreamClient(this);
    if (ms === 0) {
      this.follow();
    } else {
      const choice = { withoutIrenStart: this.#withoutIrenStart, useAsyncio };
      this.#writing = startTimer(this.#show, choice, ms, () => this.#writeOrReport());
    }
  }

  /** Writes a picture after every render from the next one on: `start()` without the picture at once. */
  follow(): void {
    this.stop();
    const off = this.#show.on("render", () => this.#writeOrReport());
    this.#writing = { close: off };
  }

  /** Writes no picture any more. Returns false when it was stopped already. */
  stop(): boolean {
    if (this.#writing === null) return false;
    this.#writing.close();
    this.#writing = null;
    return true;
  }

  /** Writes the picture from a timer or a listener, where an exception would end the program. */
  #writeOrReport(): void {
    try {
      callbackStreamClient(this);
    } catch (error) {
      if (!(error instanceof SharedMemoryError || error instanceof MemoryLayoutError)) throw error;
      this.#onWriteError(error);
    }
  }

  /** Says what the picture is that the next render makes, and that its rendering begins now. */
  expectFrame(meta: Omit<WrittenFrameMetadata, "renderMs" | "camera" | "viewSize">): void {
    this.#next = { meta, startedAt: performance.now() };
  }

  /**
   * Writes the picture that the show has, whether started or not; one that does not fit is replaced by a picture that
   * says so.
   * @returns false where there is none: rendered at the show's size, since the client was made, and not written yet.
   * @throws SharedMemoryError when there is no memory for it.
   */
  write(): boolean {
    const camera = this.#fresh;
    if (!camera) return false;
    this.#fresh = null;
    const manager = this.imageBufferManager;
    const [width, height] = this.#show.frameSize;
    const frame = manager.beginWrite(width, height);
    if (!frame) return true;
    if (manager.pixelFormat === "rgba") {
      this.#show.readPixelsInto(frame.data);
    } else {
      const bytes = width * height * 4;
      if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(new ArrayBuffer(bytes));
      const rgba = this.#scratch.subarray(0, bytes);
      this.#show.readPixelsInto(rgba);
      packRgb(frame.data, rgba, width, height);
    }
    const told = this.#next;
    this.#next = null;
    const { size } = this.#show;
    const smaller = width !== size[0] || height !== size[1];
    const meta = { camera, ...(smaller && { viewSize: size }) };
    manager.endWrite(told ? { ...told.meta, ...meta, renderMs: performance.now() - told.startedAt } : meta);
    return true;
  }

  /** Stops, and gives the memory back; names of shared memory are removed. May be called twice. */
  cleanup(): void {
    this.stop();
    for (const off of this.#offs) off();
    this.#fresh = null;
    this.imageBufferManager.close();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }
}

/**
 * FURY's callback_stream_client, which the client's timers call: writes the picture that the show has now into the
 * client's buffers.
 * @returns false where there is no picture that was not written yet: a still one is not written again and again
 * @throws SharedMemoryError when there is no memory for it.
 */
export function callbackStreamClient(streamClient: Pick<FuryStreamClient, "write">): boolean {
  return streamClient.write();
}
