import type { FrameStream } from "./frame-stream.ts";
import { resizeCanvas, type Size } from "./geometry.ts";

/** Shows decoded video frames, one at a time. */
export interface VideoPainter extends Pick<FrameStream, "element" | "size" | "close"> {
  /** Shows a frame and closes it. Resolves when the next one may be painted; rejects if this one cannot be shown. */
  paint(frame: VideoFrame): Promise<void>;
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
  return Generator === undefined ? makeCanvasPainter() : makeTrackPainter(new Generator({ kind: "video" }));
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

/** Size of the current frame of a `<video>`, px; null before the first. */
export function videoSize({ videoWidth: width, videoHeight: height }: HTMLVideoElement): Size | null {
  return width > 0 ? { width, height } : null;
}

function makeTrackPainter(track: TrackGenerator): VideoPainter {
  const element = makeVideoElement();
  const writer = track.writable.getWriter();
  /** Resolves when the first frame is loaded, or on close. */
  const loaded = Promise.withResolvers<void>();
  element.addEventListener("loadeddata", () => loaded.resolve(), { once: true });
  element.srcObject = new MediaStream([track]);
  return {
    element,
    size: () => videoSize(element),
    async paint(frame) {
      try {
        await writer.write(frame);
      } finally {
        frame.close();
      }
      await loaded.promise;
    },
    close() {
      loaded.resolve();
      track.stop();
      element.srcObject = null;
      element.remove();
    },
  };
}

function makeCanvasPainter(): VideoPainter {
  const element = document.createElement("canvas");
  const context = element.getContext("2d", { alpha: false });
  let hasFrame = false;
  return {
    element,
    size: () => (hasFrame ? { width: element.width, height: element.height } : null),
    async paint(frame) {
      try {
        if (context === null) throw new Error("This browser does not support 2D canvas contexts.");
        resizeCanvas(element, { width: frame.displayWidth, height: frame.displayHeight });
        context.drawImage(frame, 0, 0);
        hasFrame = true;
      } finally {
        frame.close();
      }
    },
    close: () => element.remove(),
  };
}
