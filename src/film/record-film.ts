import { makeAlphaStraight } from "../encode/straight-alpha.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { secondsLeft } from "../util/load-progress.ts";
import type { FilmFormat, FilmWriter, WriteAt } from "./film-writer.ts";

/** Time budget of a step of a frame, ms: between two, signals and the encoder are served. */
const STEP_MS = 60;

export interface FilmProgress {
  /** Frames that are encoded. */
  readonly frame: number;
  readonly frames: number;
  /** Share of the work that is done, 0 to 1. */
  readonly fraction: number;
  /** Bytes written. */
  readonly bytes: number;
  /** Expected size of the film, bytes; null before the first frame. */
  readonly estimatedBytes: number | null;
  /** Expected remaining time, s; null while it is unknown. */
  readonly secondsLeft: number | null;
}

export interface FilmOptions {
  readonly format: FilmFormat;
  readonly frames: number;
  /** Frames per second. */
  readonly fps: number;
  readonly transparent: boolean;
  /** Changes the show to what a frame shows. @param n from 0 */
  readonly showFrame: (n: number) => void | Promise<void>;
  readonly onProgress: (progress: FilmProgress) => void;
  /** Cancels the film: `recordFilm` then throws the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Renders a film of a show: full pictures, never drafts, so that the same show gives the same bytes. A frame is encoded while the next one
 * is rendered.
 *
 * @returns size of the film, bytes
 */
export async function recordFilm(show: ShowManager, write: WriteAt, options: FilmOptions): Promise<number> {
  const { frames, showFrame, onProgress, signal, transparent } = options;
  const [width, height] = show.size;
  let bytes = 0;
  const writer = await openWriter(show, options, (part, position) => {
    write(part, position);
    bytes = Math.max(bytes, position + part.length);
  });
  const start = performance.now();
  // Two, used in turn: one is encoded while the other is filled.
  const buffers = [0, 1].map(() => new Uint8Array(width * height * 4));
  let encoded = 0;
  let encoding: Promise<void> = Promise.resolve();
  const report = (rendered: number): void => {
    const fraction = (encoded + rendered) / (frames + 1);
    onProgress({
      ...{ frame: encoded, frames, fraction, bytes },
      estimatedBytes: encoded === 0 ? null : Math.round((bytes / encoded) * frames),
      secondsLeft: secondsLeft(fraction, performance.now() - start),
    });
  };
  try {
    for (let n = 0; n < frames; n += 1) {
      await showFrame(n);
      show.resetCameraClippingRange();
      for (const fraction of show.renderSteps(STEP_MS)) {
        report(fraction);
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      }
      const data = buffers[n % 2] ?? new Uint8Array(0);
      show.readPixelsInto(data);
      const image = { data, width, height, format: "rgba", bottomUp: true } as const;
      if (transparent) makeAlphaStraight(image);
      await encoding;
      signal?.throwIfAborted();
      encoding = writer.add(image).then(() => {
        encoded += 1;
        report(0);
      });
      // Reported by the `await` above, one frame later.
      encoding.catch(() => {});
      await new Promise(setImmediate);
    }
    await encoding;
    writer.finish();
  } finally {
    await encoding.catch(() => {});
    writer.close();
  }
  return bytes;
}

async function openWriter(show: ShowManager, options: FilmOptions, write: WriteAt): Promise<FilmWriter> {
  const settings = { size: show.size, fps: options.fps, transparent: options.transparent };
  if (options.format === "webm") return new (await import("./webm-film.ts")).WebmFilm(settings, write);
  return new (await import("./webp-film.ts")).WebpFilm(settings, write);
}
