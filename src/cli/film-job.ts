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
import type { AnimationTime } from "../stream/render-loop.ts";
import { encodePicture, type PictureFormat } from "./encode-picture.ts";
import { CommandError } from "./errors.ts";
import { type FilmShot, filmFrames, frameScene } from "./film-frames.ts";
import { describeModuleError, isInModule } from "./modules/module-errors.ts";
import { runningPhase } from "./modules/module-files.ts";
import { TRANSPARENT } from "./option-values.ts";
import { renderPicture } from "./picture-tiles.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { titleOf } from "./scene-arguments.ts";

/** Maximum time for which a frame waits for the callback of a control, ms. */
const MAX_CALLBACK_MS = 10_000;

/** Default: the animation plays from its start. */
const FROM_START: AnimationTime = { seconds: 0, isRunning: true };

interface SceneJob extends Pick<SceneOptions, "size" | "glBackend" | "root" | "fit"> {
  readonly document: SceneDocument;
  /** Show the built-in demo scene if the document has no layers. */
  readonly demo?: boolean | undefined;
  /** Absolute path of a scene module, which runs after the files are loaded. */
  readonly module?: string | undefined;
  /** Values of the module's controls, by their name. */
  readonly controlValues?: Readonly<Record<string, ControlValue>> | undefined;
  /** Where the animations of files and module begin, and whether they play. Default: they play from the start. */
  readonly animation?: AnimationTime | undefined;
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
  const film = filmFrames(show, scene, shot, {
    ...{ view: document.view, requested: { frames, fps }, animation: job.animation ?? FROM_START },
    async change(next) {
      if (next === shown) return;
      if ((await current.change(next)) === "impossible") {
        const replaced = current;
        current = await loadShow(show, next, loadOptions(job));
        replaced.remove();
      }
      if (show.shownDocument !== undefined) show.shownDocument = next;
      changeView(show, current, { view: next.view, before: shown.view, camera: "keep" });
      shown = next;
    },
    animate: (seconds) => animate(show, current, seconds),
    control: ({ control, value }) => settled(show.panel.execute(control, value)),
  });
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
  }).catch((error: unknown) => {
    const { module } = job;
    const isModules = module !== undefined && isInModule(error);
    throw isModules ? new CommandError(describeModuleError(error, module)) : error;
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
  if (job.animation !== undefined) animate(show, scene, job.animation.seconds);
  show.resetCameraClippingRange();
  let bytes = 0;
  const strips = renderPicture(show, (fraction) => onLoading(fraction, "drawing the picture"));
  for await (const chunk of encodePicture(size, strips, format, document.view.background === TRANSPARENT)) {
    write(chunk, bytes);
    bytes += chunk.length;
  }
  return bytes;
}

/** Waits for the callback of a control, but not for one that runs on, such as a simulation. Its error is in the log. */
async function settled(call: Promise<void>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, MAX_CALLBACK_MS);
  await Promise.race([call.catch(() => {}), timeout.promise]);
  clearTimeout(timer);
}

/** Shows the animations of files and module at a time. */
function animate(show: ShowManager, scene: LoadedShow, seconds: number): void {
  if (scene.duration > 0) scene.animate(seconds);
  show.animate(seconds);
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
  if (document.layers.length > 0) show.shownDocument = document;
  const { placedCamera, controlled } = await recordSceneModule(show, module, controlValues);
  await settled(controlled);
  await scene.onObjectsAdded();
  const { view } = document;
  if (!placedCamera || view.camera !== undefined) return { show, scene, document };
  return { show, scene, document: { ...document, view: { ...view, camera: show.cameraState } } };
}
