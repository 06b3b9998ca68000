import { resizeCanvas } from "../dom.ts";
import type { Size } from "./geometry.ts";

/** Shows decoded video frames, one at a time. */
export interface VideoPainter {
  readonly element: HTMLVideoElement | HTMLCanvasElement;
  /** Size of the current frame, px; null before the first. */
  size(): Size | null;
  /** Shows a frame and closes it. Resolves when the next one may be painted; rejects if this one cannot be shown. */
  paint(frame: VideoFrame): Promise<void>;
  close(): void;
}

/** Chromium's MediaStreamTrackGenerator, a video track that a script writes. TypeScript's DOM types lack it. */
interface TrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
type TrackGeneratorClass = new (options: { kind: "video" }) => TrackGenerator;

/**
 * Makes the cheapest painter that the browser supports. Measured per frame in Chromium 156 without a GPU at 1920x1080: a
 * video track needs 15 ms of CPU time, none of it on the main thread; `drawImage` needs 27 ms, 13 ms of it there.
 */
export function makeVideoPainter(): VideoPainter {
  const { MediaStreamTrackGenerator: Generator } = globalThis as {
    MediaStreamTrackGenerator?: TrackGeneratorClass;
  };
  return Generator === undefined ? new CanvasPainter() : new TrackPainter(new Generator({ kind: "video" }));
}

/** A `<video>` for frames of a live stream: it plays without a user gesture, a full-screen player or picture-in-picture. */
export function makeVideoElement(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  return video;
}

/** Writes frames to a video track that a `<video>` shows. */
class TrackPainter implements VideoPainter {
  readonly element: HTMLVideoElement = makeVideoElement();
  readonly #track: TrackGenerator;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  /** Resolves when the first frame is loaded, or on close. */
  readonly #loaded = Promise.withResolvers<void>();

  constructor(track: TrackGenerator) {
    this.#track = track;
    this.#writer = track.writable.getWriter();
    this.element.addEventListener("loadeddata", () => this.#loaded.resolve(), { once: true });
    this.element.srcObject = new MediaStream([track]);
  }

  size(): Size | null {
    const { videoWidth: width, videoHeight: height } = this.element;
    return width > 0 ? { width, height } : null;
  }

  async paint(frame: VideoFrame): Promise<void> {
    try {
      await this.#writer.write(frame);
    } finally {
      frame.close();
    }
    await this.#loaded.promise;
  }

  close(): void {
    this.#loaded.resolve();
    this.#track.stop();
    this.element.srcObject = null;
    this.element.remove();
  }
}

/** Draws frames on a canvas. */
class CanvasPainter implements VideoPainter {
  readonly element: HTMLCanvasElement = document.createElement("canvas");
  readonly #context = this.element.getContext("2d", { alpha: false });
  #hasFrame = false;

  size(): Size | null {
    return this.#hasFrame ? { width: this.element.width, height: this.element.height } : null;
  }

  async paint(frame: VideoFrame): Promise<void> {
    try {
      if (this.#context === null) throw new Error("This browser does not support 2D canvas contexts.");
      resizeCanvas(this.element, { width: frame.displayWidth, height: frame.displayHeight });
      this.#context.drawImage(frame, 0, 0);
      this.#hasFrame = true;
    } finally {
      frame.close();
    }
  }

  close(): void {
    this.element.remove();
  }
}
