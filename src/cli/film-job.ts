import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { FilmFormat, WriteAt } from "../film/film-writer.ts";
import { type FilmProgress, recordFilm } from "../film/record-film.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { loadShow } from "../scene/load-show.ts";
import { ShowManager } from "../scene/show-manager.ts";
import { type FilmShot, filmFrames } from "./film-frames.ts";
import { TRANSPARENT } from "./option-values.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { titleOf } from "./scene-arguments.ts";

/** A film to render. */
export interface FilmJob extends Pick<SceneOptions, "size" | "glBackend" | "root" | "fit"> {
  readonly document: SceneDocument;
  readonly format: FilmFormat;
  readonly shot: FilmShot;
  /** Default: by the shot. */
  readonly frames?: number | undefined;
  /** Frames per second. Default: by the shot. */
  readonly fps?: number | undefined;
}

export interface FilmEvents {
  /** @param phase a verb ("reading"), to which the title is added, or a phrase */
  onLoading(fraction: number, phase: string): void;
  onProgress(progress: FilmProgress): void;
  /** @param reason why nothing is visible in the first frame, a clause */
  onBlank(reason: string): void;
}

/**
 * Loads the scene of a film and renders the film.
 *
 * @returns number and size of the frames, and of the film
 * @throws CommandError, LoadError; errors of `write` unchanged
 */
export async function renderFilm(
  { document, shot, format, size, glBackend, root, fit, frames, fps }: FilmJob,
  write: WriteAt,
  { onLoading, onProgress, onBlank }: FilmEvents,
): Promise<{ frames: number; fps: number; bytes: number; driver: string }> {
  const { background } = document.view;
  const paths = filesOf(document);
  if (glBackend === "auto" || glBackend === "mesa") warmUpEgl();
  let opened: ShowManager | undefined;
  const open = () => {
    opened ??= new ShowManager({ size, glBackend, ...(background !== undefined && { background }) });
    return opened;
  };
  const load = (restartTimeout: () => void) =>
    loadShow(open, document, {
      ...{ root, fit, drafts: false },
      onProgress(fraction, phase) {
        restartTimeout();
        onLoading(fraction, phase);
      },
    });
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  const timeoutMs = LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
  const scene = await withProgressTimeout(titleOf(paths), load, timeoutMs);
  const show = open();
  const shown = filmFrames(show, scene, shot, { view: document.view, requested: { frames, fps } });
  const off = show.on("render", ({ complete }) => {
    if (!complete) return;
    off();
    const reason = blankFrameReason(show);
    if (reason !== undefined) onBlank(reason);
  });
  const filmBytes = await recordFilm(show, write, {
    ...{ format, frames: shown.count, fps: shown.fps },
    transparent: background === TRANSPARENT,
    showFrame: (n) => shown.show(n),
    onProgress,
  });
  return { frames: shown.count, fps: shown.fps, bytes: filmBytes, driver: show.driver };
}
