import type { CameraState, FrameMeta, PixelFormat } from "../memory/info-extension.ts";
import { SharedMemImageBufferManager } from "../memory/shared-mem-image-buffer-manager.ts";
import { packRgb } from "../native/frame-copy.ts";
import type { ShowManager } from "../scene/show-manager.ts";

/** What is needed of a ShowManager to stream its pictures. */
export type StreamedShow = Pick<ShowManager, "size" | "renders" | "readPixelsInto" | "on" | "cameraState">;

export interface FuryStreamClientOptions {
  /**
   * The largest picture in px that the buffers hold, so that the show may be resized. Any width and height with no more
   * pixels fit. Default: the show's size.
   */
  maxWindowSize?: readonly [width: number, height: number];
  /** 1 to 8. Default 2. */
  numBuffers?: number;
  /** Default "rgb", which every FURY server understands; "rgba" is faster, and for our own server alone. */
  pixelFormat?: PixelFormat;
}

/**
 * FURY's FuryStreamClient: writes the pictures of a show into shared memory, rows bottom-up, for a server to take.
 */
export class FuryStreamClient implements Disposable {
  readonly imageBufferManager: SharedMemImageBufferManager;
  readonly #show: StreamedShow;
  /** RGBA, for where the buffers are RGB. */
  #scratch = new Uint8Array(new ArrayBuffer(0));
  #next: { meta: FrameMeta; startedAt: number } | null = null;
  /** The camera of a picture that was not written; null when all were. */
  #fresh: CameraState | null = null;
  #stop: (() => void) | null = null;

  /**
   * @throws RangeError when the show is larger than maxWindowSize; errors of SharedMemImageBufferManager.
   */
  constructor(show: StreamedShow, options: FuryStreamClientOptions = {}) {
    const [width, height] = show.size;
    const { maxWindowSize = [width, height], numBuffers = 2, pixelFormat = "rgb" } = options;
    if (maxWindowSize[0] * maxWindowSize[1] < width * height) {
      throw new RangeError(
        `maxWindowSize is ${maxWindowSize.join("x")} px, but the show is ${width}x${height}. ` +
          "Make maxWindowSize at least as large.",
      );
    }
    this.#show = show;
    this.imageBufferManager = new SharedMemImageBufferManager({ maxWindowSize, numBuffers, pixelFormat });
  }

  /**
   * Writes pictures from now on. Starting again is a restart.
   * @param ms 0: after every render. More: every so many ms the newest picture, where there is a new one.
   * @throws RangeError for a negative interval.
   */
  start(ms = 0): void {
    if (!(ms >= 0))
      throw new RangeError(`The interval of the stream client must be 0 ms or more; it is ${ms}.`);
    this.stop();
    const offs = [
      this.#show.on("render", () => {
        this.imageBufferManager.countRender();
        this.#fresh = this.#show.cameraState;
        if (ms === 0) this.#write();
      }),
      // What was drawn at the old size cannot be read any more.
      this.#show.on("resize", () => {
        this.#fresh = null;
      }),
    ];
    const timer = ms > 0 ? setInterval(() => this.#write(), ms) : undefined;
    this.#stop = () => {
      clearInterval(timer);
      for (const off of offs) off();
    };
  }

  /** Writes no picture any more. Returns false when it was stopped already. */
  stop(): boolean {
    if (this.#stop === null) return false;
    this.#stop();
    this.#stop = null;
    return true;
  }

  /** Says what the picture is that the next render makes, and that its rendering begins now. */
  expectFrame(meta: Omit<FrameMeta, "renderMs" | "camera">): void {
    this.#next = { meta, startedAt: performance.now() };
  }

  /** Stops, and removes the shared memory. May be called twice. */
  cleanup(): void {
    this.stop();
    this.imageBufferManager.cleanup();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  #write(): void {
    const camera = this.#fresh;
    if (!camera) return;
    this.#fresh = null;
    const manager = this.imageBufferManager;
    const [width, height] = this.#show.size;
    const frame = manager.beginWrite(width, height);
    if (!frame) return;
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
    manager.endWrite(
      told ? { ...told.meta, camera, renderMs: performance.now() - told.startedAt } : { camera },
    );
  }
}
