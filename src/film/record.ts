import { extname } from "node:path";
import type { CameraState } from "../protocol/camera-state.ts";
import { cameraPath } from "../scene/camera/camera-path.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { AtomicFile } from "../util/atomic-file.ts";
import type { FilmFormat } from "./film-writer.ts";
import { type FilmProgress, recordFilm } from "./record-film.ts";

export interface RecordOptions {
  /** Number of frames. Default: 120. */
  readonly frames?: number | undefined;
  /** Frames per second, 0.1 to 120. Default: 30. */
  readonly fps?: number | undefined;
  /** Angle by which the camera rotates around its focal point, degrees. Frame n of N is rotated by n/N of it. Default: the camera stays. */
  readonly turntable?: number | undefined;
  /** Cameras through which the camera moves smoothly, from the first to the last. Default: the camera stays. */
  readonly path?: readonly CameraState[] | undefined;
  /** Whether the path returns to its first camera, for a film that repeats. Default: false. */
  readonly loop?: boolean | undefined;
  /**
   * Changes the show before a frame is rendered. The camera of a turntable or a path is already set.
   *
   * @param n number of the frame, from 0
   * @param seconds its time in the film
   */
  readonly onFrame?: ((n: number, seconds: number) => void | Promise<void>) | undefined;
  /** Called when the film has grown. */
  readonly onProgress?: ((progress: FilmProgress) => void) | undefined;
  /** Cancels the film: `record` then throws the reason of the signal, and leaves no file. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records a film of a show: full pictures of its size, one for each frame, never drafts. The same show gives the same file. Afterwards the
 * camera is where it was.
 *
 * ```ts
 * await record(show, "around.webm", { turntable: 360 });
 * await record(show, "waves.webp", { frames: 60, onFrame: (_, seconds) => moveWaves(seconds) });
 * ```
 *
 * @param output path of a WebM (VP8) or an animated WebP, by its extension. It gets its name when it is complete. A WebP is transparent if
 *   the show's background is
 * @returns size of the film, bytes
 * @throws RangeError for invalid options, the system's error if the file cannot be written, errors of `onFrame` unchanged
 */
export async function record(
  show: ShowManager,
  output: string,
  options: RecordOptions = {},
): Promise<{ bytes: number }> {
  const { frames = 120, fps = 30, turntable, path, loop, onFrame, onProgress = () => {}, signal } = options;
  if (!(Number.isInteger(frames) && frames > 0))
    throw new RangeError(`frames must be a whole number from 1, not ${frames}`);
  if (!(fps >= 0.1 && fps <= 120)) throw new RangeError(`fps must be a number from 0.1 to 120, not ${fps}`);
  if (turntable !== undefined && path !== undefined)
    throw new RangeError("a film has a turntable or a path, not both");
  const format = formatOf(output);
  const transparent = show.scene.background === null;
  if (transparent && format === "webm") throw new RangeError("a WebM cannot be transparent: record a .webp");
  const start = show.cameraState;
  const cameraAt = path && cameraPath(path, { loop: loop === true });
  const last = Math.max(1, loop ? frames : frames - 1);
  const file = new AtomicFile(output);
  try {
    const bytes = await recordFilm(show, (part, position) => file.write(part, position), {
      ...{ format, frames, fps, transparent, onProgress, signal },
      async showFrame(n) {
        if (cameraAt) show.cameraState = cameraAt(n / last);
        if (turntable !== undefined) {
          // From the start, so that errors do not add up.
          show.cameraState = start;
          show.view.azimuth((turntable * n) / frames);
        }
        await onFrame?.(n, n / fps);
      },
    });
    file.finish();
    return { bytes };
  } finally {
    file.remove();
    show.cameraState = start;
  }
}

function formatOf(output: string): FilmFormat {
  const extension = extname(output).toLowerCase();
  if (extension === ".webm" || extension === ".webp") return extension === ".webm" ? "webm" : "webp";
  throw new RangeError(`the name of a film must end with .webm or .webp, not ${output}`);
}
