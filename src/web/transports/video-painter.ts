import type { Size } from "../geometry.ts";

/** Shows pictures of a video decoder, one at a time. */
export interface VideoPainter {
  readonly element: HTMLVideoElement | HTMLCanvasElement;
  /** Size in px of the newest picture, or null before there is one. */
  size(): Size | null;
  /**
   * Shows a picture, which is closed then. Settles when the next one may come.
   * @throws (as a rejection) where it can not be shown
   */
  paint(picture: VideoFrame): Promise<void>;
  close(): void;
}

/** Chromium's, which the DOM's types do not know: a video track that a program writes. */
interface TrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
type TrackGeneratorClass = new (options: { kind: "video" }) => TrackGenerator;

/**
 * The cheapest painter that the browser has. Measured in Chromium 156 without a GPU at 1920x1080: as a video track a frame
 * costs 15 ms of processor time, none of it on the page's own thread; by `drawImage` 27 and 13.
 */
export function makeVideoPainter(): VideoPainter {
  const { MediaStreamTrackGenerator: Generator } = globalThis as {
    MediaStreamTrackGenerator?: TrackGeneratorClass;
  };
  return Generator === undefined ? new CanvasPainter() : new TrackPainter(new Generator({ kind: "video" }));
}

/** Shows pictures as a video track in a `<video>`. */
class TrackPainter implements VideoPainter {
  readonly element = document.createElement("video");
  readonly #track: TrackGenerator;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  /** Settles when the first picture is there. */
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
    const { element } = this;
    const { displayWidth: width, displayHeight: height } = picture;
    try {
      if (this.#context === null) throw new Error("This browser gives no canvas.");
      // Setting a size clears the canvas; it is filled before the next painting.
      if (element.width !== width) element.width = width;
      if (element.height !== height) element.height = height;
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
