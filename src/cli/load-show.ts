import { getLogger } from "@logtape/logtape";
import type { Object3D } from "three";
import { freeArraysAfterUpload } from "../actors/divide-mesh.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import type { Layer, LayerStyle } from "../layers/layer.ts";
import type { LoadedScene, LoadOptions } from "../scene/load-scene.ts";
import type { ShowManager } from "../scene/show-manager.ts";

/** Delay of the garbage collection after the first frame, ms. */
const GC_DELAY_MS = 1000;

const log = getLogger(["scenecast", "load"]);

export type LoadedShow = Awaited<ReturnType<typeof loadShow>>;

/**
 * Adds a scene to a show. The show is unchanged when this throws.
 * @param opening the show, or a function that opens it on the first call, after the files are read, and then returns the same show
 * @param layers with absolute paths; empty for the built-in demo scene
 * @throws LoadError for the first file that cannot be shown
 */
export async function loadShow(
  opening: ShowManager | (() => ShowManager),
  layers: readonly (string | Layer)[],
  options: LoadOptions = {},
) {
  await redirectThreeJsConsole();
  const open = typeof opening === "function" ? opening : () => opening;
  const splatPoints = () => isSoftwareRenderer(open().driver);
  const scene = await (layers.length === 0
    ? demoScene(options.up)
    : loadLayers(layers, { ...options, splatPoints }));
  for (const warning of scene.warnings) log.warning`${warning}`;
  const show = open();
  freeArraysAfterUpload(scene.object);
  show.add(scene.object);
  const off = show.on("render", ({ complete }) => {
    if (!complete) return;
    off();
    // The next garbage collection may be hours away: the renderer of a still view allocates nothing.
    setTimeout(() => Bun.gc(true), GC_DELAY_MS).unref();
  });
  const { up, bounds, duration, camera, animate, makeDrafts } = scene;
  return {
    duration,
    camera,
    animate,
    makeDrafts,
    /** Moves the camera so that the scene fits the frame, in its current pose ("still") or during the whole animation. */
    frame(extent: "animation" | "still") {
      show.frameScene(up);
      if (extent === "animation" && bounds !== undefined && duration > 0) show.resetCamera(bounds);
    },
    /** Removes the scene from the show and frees its memory. */
    remove() {
      show.scene.remove(scene.object);
      scene.dispose();
    },
  };
}

/** Combines files and the properties of their layers. */
export function layersOf(files: readonly string[], styles: readonly LayerStyle[] = []): Layer[] {
  return files.map((path, i) => ({ path, style: styles[i] }));
}

/** Adds a preview of large files to a show. @returns undefined if no file is large or none can be sampled */
export async function previewShow(show: ShowManager, files: readonly string[], up: UpAxis | undefined) {
  const { previewScene } = await import("../scene/preview-scene.ts");
  const preview = await previewScene(files);
  if (preview === undefined) return undefined;
  const { disposeObject } = await import("../scene/dispose-object.ts");
  let { object } = preview;
  show.add(object);
  /** Removes the preview from the show and frees its memory. */
  const remove = (): void => {
    show.scene.remove(object);
    disposeObject(object);
  };
  return {
    frame: () => show.frameScene(up ?? preview.up),
    /** Replaces the preview by another object. */
    replace(coarse: Object3D) {
      remove();
      object = coarse;
      show.add(object);
    },
    remove,
  };
}

async function loadLayers(layers: readonly (string | Layer)[], options: LoadOptions): Promise<LoadedScene> {
  const { loadScene } = await import("../scene/load-scene.ts");
  return loadScene(layers, options);
}

/** The demo scene in the form of loaded files. It has no drafts, because its shaders move the vertices. */
async function demoScene(up: UpAxis | undefined) {
  const { buildDemoScene } = await import("../scene/demo/demo-scene.ts");
  const demo = buildDemoScene();
  return {
    ...demo,
    up: up ?? demo.up,
    warnings: [],
    bounds: undefined,
    camera: undefined,
    makeDrafts: async () => {},
  };
}

/** Redirects the console messages of three.js, which are for developers, to the debug log. */
async function redirectThreeJsConsole(): Promise<void> {
  const { setConsoleFunction } = await import("three");
  setConsoleFunction((_type: string, message: string, ...details: unknown[]) => {
    log.debug`three.js: ${[message, ...details].map(String).join(" ")}`;
  });
}
