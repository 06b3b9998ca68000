import type { SceneDocument } from "../document/scene-document.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { cameraPath } from "../scene/camera/camera-path.ts";
import type { LoadedShow } from "../scene/load-show.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { CommandError } from "./errors.ts";
import { MAX_FRAMES } from "./option-values.ts";

type View = SceneDocument["view"];

/** What a film shows. */
export type FilmShot =
  /** The scene from all sides: the camera rotates around it by an angle in degrees. */
  | { readonly kind: "turntable"; readonly degrees: number }
  /** A smooth way of the camera through views. */
  | { readonly kind: "path"; readonly views: readonly View[]; readonly loop: boolean }
  /** The time steps of the data, or the animation of the files. */
  | { readonly kind: "steps" };

/** Default number of frames of a turntable, and of each section of a path. */
const TURNTABLE_FRAMES = 120;
const SECTION_FRAMES = 60;

/** Default frames per second, and that of time steps. */
const FPS = 30;
const STEPS_FPS = 10;

/** The frames of a film. */
export interface FilmFrames {
  readonly count: number;
  readonly fps: number;
  /** Changes the show to what a frame shows. @param n from 0 */
  show(n: number): void | Promise<void>;
}

/**
 * Prepares the frames of a film of a loaded scene, whose animation plays meanwhile.
 *
 * @param requested number of frames and frames per second; default: by the shot
 * @throws CommandError if the scene has no time steps, or the views are not of one projection
 */
export function filmFrames(
  show: ShowManager,
  scene: LoadedShow,
  shot: FilmShot,
  {
    view,
    requested,
  }: {
    readonly view: View;
    readonly requested: { readonly frames?: number | undefined; readonly fps?: number | undefined };
  },
): FilmFrames {
  const hasSteps = scene.time !== undefined;
  const fps = requested.fps ?? (shot.kind === "steps" && hasSteps ? STEPS_FPS : FPS);
  const animate = (n: number): void => {
    if (scene.duration > 0) scene.animate(n / fps);
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
        return { count, fps, show: (n) => time.show(Math.floor((n * time.count) / count)) };
      }
      if (duration === 0)
        throw new CommandError("The scene has no time steps and no animation: record a turntable or a path.");
      const count = requested.frames ?? Math.min(MAX_FRAMES, Math.max(1, Math.round(duration * fps)));
      return { count, fps, show: (n) => scene.animate((duration * n) / count) };
    }
  }
}

/** Moves the camera to a view. @returns the camera */
function frameScene(
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
