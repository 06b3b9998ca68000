import type { SceneDocument } from "../document/scene-document.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { cameraBetween, cameraPath } from "../scene/camera/camera-path.ts";
import type { LoadedShow } from "../scene/load-show.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import type { AnimationTime } from "../stream/render-loop.ts";
import { secondsAt } from "./animation-clock.ts";
import { CommandError } from "./errors.ts";
import type { ControlChange, LiveCapture } from "./live-capture.ts";
import { MAX_FRAMES } from "./option-values.ts";

type View = SceneDocument["view"];

/** What a film shows. */
export type FilmShot =
  /** The scene from all sides: the camera rotates around it by an angle in degrees. */
  | { readonly kind: "turntable"; readonly degrees: number }
  /** A smooth way of the camera through views. */
  | { readonly kind: "path"; readonly views: readonly View[]; readonly loop: boolean }
  /** The time steps of the data, or the animation of the files. */
  | { readonly kind: "steps" }
  /** What was done in a view. */
  | { readonly kind: "live"; readonly capture: LiveCapture };

/** Maximum time between two moments whose cameras are interpolated, ms: a longer one is a pause. */
const MAX_GAP_MS = 250;

/** Default number of frames of a turntable, and of each section of a path. */
const TURNTABLE_FRAMES = 120;
const SECTION_FRAMES = 60;

/** Default frames per second, and that of time steps. */
const FPS = 30;
const STEPS_FPS = 10;

/** Default duration of a film of a module's animation, which has no end, s. */
const MODULE_SECONDS = 5;

/** The frames of a film. */
export interface FilmFrames {
  readonly count: number;
  readonly fps: number;
  /** Changes the show to what a frame shows. @param n from 0 */
  show(n: number): void | Promise<void>;
}

interface FilmRequest {
  readonly view: View;
  readonly requested: { readonly frames?: number | undefined; readonly fps?: number | undefined };
  /** The animation of a film that does not record it by itself: where it begins, and whether it plays. */
  readonly animation: AnimationTime;
  /** Shows another document, and leaves the camera as it is. */
  change(document: SceneDocument): Promise<void>;
  /** Shows the animations of files and module at a time in seconds. */
  animate(seconds: number): void;
  /** Executes a change of a control of the module. */
  control(change: ControlChange): Promise<void>;
}

/**
 * Prepares the frames of a film of a loaded scene, whose animation plays meanwhile.
 *
 * @param request number of frames and frames per second; default: by the shot
 * @throws CommandError if the scene has no time steps, or the views are not of one projection
 */
export function filmFrames(
  show: ShowManager,
  scene: LoadedShow,
  shot: FilmShot,
  request: FilmRequest,
): FilmFrames {
  const { view, requested } = request;
  const hasSteps = scene.time !== undefined;
  const fps = requested.fps ?? (shot.kind === "steps" && hasSteps ? STEPS_FPS : FPS);
  const animate = (n: number): void => {
    const { seconds, isRunning } = request.animation;
    request.animate(seconds + (isRunning ? n / fps : 0));
  };
  switch (shot.kind) {
    case "turntable": {
      frameScene(show, scene, view, "turntable");
      const start = show.cameraState;
      const count = requested.frames ?? TURNTABLE_FRAMES;
      return {
        ...{ count, fps },
        show(n) {
          animate(n);
          // From the start, so that errors do not add up.
          show.cameraState = start;
          show.view.azimuth((shot.degrees * n) / count);
        },
      };
    }
    case "path": {
      const { views, loop } = shot;
      const cameraAt = pathThrough(
        views.map((each) => frameScene(show, scene, each, "still")),
        loop,
      );
      const sections = views.length - (loop ? 0 : 1);
      const count = requested.frames ?? Math.min(MAX_FRAMES, sections * SECTION_FRAMES);
      const last = Math.max(1, loop ? count : count - 1);
      return {
        ...{ count, fps },
        show(n) {
          animate(n);
          show.cameraState = cameraAt(n / last);
        },
      };
    }
    case "steps": {
      frameScene(show, scene, view, "animation");
      const { time, duration } = scene;
      if (time !== undefined) {
        const count = requested.frames ?? Math.min(MAX_FRAMES, time.count);
        return {
          ...{ count, fps },
          async show(n) {
            animate(n);
            await time.show(Math.floor((n * time.count) / count));
          },
        };
      }
      if (duration === 0 && show.isAnimated) {
        const count = requested.frames ?? Math.max(1, Math.round(MODULE_SECONDS * fps));
        return { count, fps, show: (n) => request.animate(n / fps) };
      }
      if (duration === 0)
        throw new CommandError("The scene has no time steps and no animation: record a turntable or a path.");
      const count = requested.frames ?? Math.min(MAX_FRAMES, Math.max(1, Math.round(duration * fps)));
      return { count, fps, show: (n) => request.animate((duration * n) / count) };
    }
    case "live":
      return liveFrames(show, shot.capture, fps, request);
  }
}

/**
 * The frames of what was done in a view: those of other times than its moments have the camera between two of them. The last one shows what
 * was seen at the end.
 */
function liveFrames(
  show: ShowManager,
  { documents, moments, animation, controls, durationMs }: LiveCapture,
  fps: number,
  { change: showDocument, animate, control }: FilmRequest,
): FilmFrames {
  /** Number of changes of controls that are shown. */
  let done = 0;
  const count = Math.min(MAX_FRAMES, Math.max(2, Math.round((durationMs / 1000) * fps)));
  return {
    ...{ count, fps },
    async show(n) {
      const ms = n === count - 1 ? durationMs : (n * 1000) / fps;
      const i = Math.max(
        0,
        moments.findLastIndex((moment) => moment.ms <= ms),
      );
      const [now, next] = [moments[i], moments[i + 1]];
      const document = documents[now?.document ?? 0];
      if (now === undefined || document === undefined) return;
      await showDocument(document);
      for (let change = controls[done]; change !== undefined && change.ms <= ms; change = controls[done]) {
        done += 1;
        await control(change);
      }
      animate(animationAt(animation, ms));
      const isMoving = next !== undefined && next.ms - now.ms <= MAX_GAP_MS;
      show.cameraState = isMoving
        ? cameraBetween(now.camera, next.camera, Math.max(0, ms - now.ms) / (next.ms - now.ms))
        : now.camera;
    },
  };
}

/** For how long the animation had played at a time of a capture, s. */
function animationAt(animation: LiveCapture["animation"], ms: number): number {
  const i = Math.max(
    0,
    animation.findLastIndex(({ sinceMs }) => sinceMs <= ms),
  );
  const [now, next] = [animation[i], animation[i + 1]];
  if (now === undefined) return 0;
  const seconds = secondsAt(now, ms);
  // The report that it stops comes after it has stopped. A renderer that was restarted begins at 0.
  return next !== undefined && next.seconds >= now.seconds ? Math.min(seconds, next.seconds) : seconds;
}

/** Moves the camera to a view. @returns the camera */
export function frameScene(
  show: ShowManager,
  scene: LoadedShow,
  view: View,
  extent: "animation" | "still" | "turntable",
): CameraState {
  const { camera, orthographic = false } = view;
  show.setOrthographic(orthographic || camera?.parallelScale !== undefined);
  if (camera !== undefined) show.cameraState = camera;
  else scene.frame(extent, view);
  return show.cameraState;
}

function pathThrough(views: readonly CameraState[], loop: boolean): (time: number) => CameraState {
  try {
    return cameraPath(views, { loop });
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}
