import { getLogger } from "@logtape/logtape";
import type { UpAxis } from "../formats/up-axis.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ShowManager } from "../scene/show-manager.ts";

const log = getLogger(["scenecast", "load"]);

/** A loaded scene in a show. */
export interface LoadedShow {
  /** Duration of its animation, s; 0 if there is none. */
  readonly duration: number;
  /** Sets the time of the animation, s. */
  animate(seconds: number): void;
  /** Adds simplified meshes for drafts, in the background. Never rejects. */
  makeDrafts(): Promise<void>;
  /** Removes it from the show and frees its memory. */
  remove(): void;
}

/** The initial view of a loaded scene. */
export interface Framing {
  /** Moves the camera so that the scene fits the frame, in its current pose ("still") or during the whole animation. */
  frame(extent: "animation" | "still"): void;
  /** Viewpoint of the first camera in the files; undefined if there is none. */
  readonly camera: CameraState | undefined;
}

export interface LoadShowOptions {
  /** Absolute paths; empty for the built-in demo scene. */
  readonly files: readonly string[];
  readonly up?: UpAxis | undefined;
  /** Absolute path of a folder that may be read in addition to those of the files. */
  readonly root?: string | undefined;
  readonly onProgress?: (fraction: number, phase: string) => void;
}

/**
 * Adds the scene of files, or the demo scene, to a show. The show is unchanged when this throws.
 * @throws LoadError for the first file that cannot be shown
 */
export async function loadShow(
  show: ShowManager,
  { files, up, root, onProgress }: LoadShowOptions,
): Promise<LoadedShow & Framing> {
  await redirectThreeJsConsole();
  if (files.length === 0) {
    const { buildDemoScene } = await import("../scene/demo/demo-scene.ts");
    const demo = buildDemoScene();
    show.add(demo.object);
    return {
      duration: demo.duration,
      animate: demo.animate,
      // Not possible: its shaders move the vertices.
      makeDrafts: async () => {},
      frame: () => show.frameScene(up ?? demo.up),
      camera: undefined,
      remove() {
        show.scene.remove(demo.object);
        demo.dispose();
      },
    };
  }
  const { loadScene } = await import("../scene/load-scene.ts");
  const loaded = await loadScene(files, {
    ...(up && { up }),
    ...(root && { root }),
    ...(onProgress && { onProgress }),
  });
  for (const warning of loaded.warnings) log.warning`${warning}`;
  show.add(loaded.object);
  return {
    duration: loaded.duration,
    animate: loaded.animate,
    makeDrafts: loaded.makeDrafts,
    camera: loaded.camera,
    frame(extent) {
      show.frameScene(loaded.up);
      if (extent === "animation" && loaded.duration > 0) show.resetCamera(loaded.bounds);
    },
    remove() {
      show.scene.remove(loaded.object);
      loaded.dispose();
    },
  };
}

/** Redirects the console messages of three.js, which are for developers, to the debug log. */
async function redirectThreeJsConsole(): Promise<void> {
  const { setConsoleFunction } = await import("three");
  setConsoleFunction((_type: string, message: string, ...details: unknown[]) => {
    log.debug`three.js: ${[message, ...details].map(String).join(" ")}`;
  });
}
