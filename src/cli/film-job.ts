import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { FilmFormat, WriteAt } from "../film/film-writer.ts";
import { type FilmProgress, recordFilm } from "../film/record-film.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";
import type { ControlValue } from "../protocol/panel.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { changeView } from "../scene/change-view.ts";
import { type LoadedShow, loadShow } from "../scene/load-show.ts";
import { ShowManager } from "../scene/show-manager.ts";
import { encodePicture, type PictureFormat } from "./encode-picture.ts";
import { type FilmShot, filmFrames, frameScene } from "./film-frames.ts";
import { runningPhase } from "./modules/module-files.ts";
import { TRANSPARENT } from "./option-values.ts";
import { renderPicture } from "./picture-tiles.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { titleOf } from "./scene-arguments.ts";

interface SceneJob extends Pick<SceneOptions, "size" | "glBackend" | "root" | "fit"> {
  readonly document: SceneDocument;
  /** Show the built-in demo scene if the document has no layers. */
  readonly demo?: boolean | undefined;
  /** Absolute path of a scene module, which runs after the files are loaded. */
  readonly module?: string | undefined;
  /** Values that viewers have given to the module's controls. */
  readonly controlValues?: Readonly<Record<string, ControlValue>> | undefined;
}

/** A film to render. */
export interface FilmJob extends SceneJob {
  readonly format: FilmFormat;
  readonly shot: FilmShot;
  /** Default: by the shot. */
  readonly frames?: number | undefined;
  /** Frames per second. Default: by the shot. */
  readonly fps?: number | undefined;
}

/** A picture to render. */
export interface PictureJob extends SceneJob {
  readonly format: PictureFormat;
}

/** @param phase a verb ("reading"), to which the title is added, or a phrase */
type OnLoading = (fraction: number, phase: string) => void;

export interface FilmEvents {
  onLoading: OnLoading;
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
  job: FilmJob,
  write: WriteAt,
  { onLoading, onProgress, onBlank }: FilmEvents,
): Promise<{ frames: number; fps: number; bytes: number; driver: string }> {
  const { shot, format, frames, fps } = job;
  const { show, scene, document } = await openScene(job, onLoading);
  let [current, shown] = [scene, document];
  const change = async (next: SceneDocument): Promise<void> => {
    if (next !== shown && !(await current.change(next))) {
      const replaced = current;
      current = await loadShow(show, next, loadOptions(job));
      replaced.remove();
    }
    changeView(show, current, { view: next.view, before: shown.view, camera: "keep" });
    shown = next;
  };
  const film = filmFrames(show, scene, shot, { view: document.view, requested: { frames, fps }, change });
  const off = show.on("render", ({ complete }) => {
    if (!complete) return;
    off();
    const reason = blankFrameReason(show);
    if (reason !== undefined) onBlank(reason);
  });
  const bytes = await recordFilm(show, write, {
    ...{ format, frames: film.count, fps: film.fps },
    transparent: document.view.background === TRANSPARENT,
    showFrame: (n) => film.show(n),
    onProgress,
  });
  return { frames: film.count, fps: film.fps, bytes, driver: show.driver };
}

/**
 * Loads the scene of a picture and renders it.
 *
 * @returns size of the picture, bytes
 * @throws CommandError, LoadError; errors of `write` unchanged
 */
export async function renderStill(job: PictureJob, write: WriteAt, onLoading: OnLoading): Promise<number> {
  const { size, format } = job;
  const { show, scene, document } = await openScene(job, onLoading);
  frameScene(show, scene, document.view, "still");
  show.resetCameraClippingRange();
  let bytes = 0;
  const strips = renderPicture(show, (fraction) => onLoading(fraction, "drawing the picture"));
  for await (const chunk of encodePicture(size, strips, format, document.view.background === TRANSPARENT)) {
    write(chunk, bytes);
    bytes += chunk.length;
  }
  return bytes;
}

function loadOptions({ root, fit, demo }: SceneJob) {
  return { root, fit, demo, drafts: false };
}

/** @returns the show, what is loaded, and the document: with the camera of the module, if it places one */
async function openScene(
  job: SceneJob,
  onLoading: OnLoading,
): Promise<{ show: ShowManager; scene: LoadedShow; document: SceneDocument }> {
  const { document, size, glBackend, module, controlValues } = job;
  const { background } = document.view;
  const paths = filesOf(document);
  if (glBackend === "auto" || glBackend === "mesa") warmUpEgl(size);
  let opened: ShowManager | undefined;
  const open = () => {
    opened ??= new ShowManager({ size, glBackend, ...(background !== undefined && { background }) });
    return opened;
  };
  const load = (restartTimeout: () => void) =>
    loadShow(open, document, {
      ...loadOptions(job),
      onProgress(fraction, phase) {
        restartTimeout();
        onLoading(fraction, phase);
      },
    });
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  const timeoutMs = LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
  const scene = await withProgressTimeout(titleOf(paths), load, timeoutMs);
  const show = open();
  if (module === undefined) return { show, scene, document };
  onLoading(1, runningPhase(module));
  const { recordSceneModule } = await import("./modules/scene-module.ts");
  const { placedCamera } = await recordSceneModule(show, module, controlValues);
  await scene.onObjectsAdded();
  const { view } = document;
  if (!placedCamera || view.camera !== undefined) return { show, scene, document };
  return { show, scene, document: { ...document, view: { ...view, camera: show.cameraState } } };
}
