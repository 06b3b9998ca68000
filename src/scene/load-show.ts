import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { getLogger } from "@logtape/logtape";
import type { Object3D } from "three";
import { freeArraysAfterUpload } from "../actors/divide-mesh.ts";
import { layersOf } from "../document/document-layers.ts";
import { type SceneDocument, styleOf } from "../document/scene-document.ts";
import { LoadError } from "../formats/load-error.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import type { Layer } from "../layers/layer.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import { type Plane, parsePlanes } from "../layers/plane.ts";
import type { PanelDescription } from "../protocol/panel.ts";
import { viewpoint } from "./camera/viewpoint.ts";
import { rotateAround } from "./change-view.ts";
import type { LoadedLayer, LoadedScene, LoadOptions } from "./load-scene.ts";
import { boxOf } from "./scene-bounds.ts";
import { ANNOTATION_KEYS, annotate } from "./show-annotations.ts";
import type { ShowManager } from "./show-manager.ts";

/** Delay of the garbage collection after the first frame, which is sent before, and after the levels of detail, ms. */
const GC_DELAY_MS = 100;

/** Maximum time until levels of detail are made, ms: the first frame of a very large mesh takes longer, and is not drawn without viewers. */
const MAX_DETAIL_DELAY_MS = 1000;

/** Magnification of a view with a bounding box, which leaves space for its coordinates. */
const BOX_ZOOM = 0.85;

const log = getLogger(["scenecast", "load"]);

interface ShowOptions extends Omit<LoadOptions, "late" | "up"> {
  /** Whether the built-in demo scene stands in for a document without layers. Default: false. */
  readonly demo?: boolean | undefined;
  /**
   * Shows large meshes before their levels of detail are made, after the first frame or a second. It receives a function that adds them to the scene, to
   * be called between two frames. Default: they are made before.
   */
  readonly onDetail?: ((show: () => void) => void) | undefined;
}

type SceneWithoutFiles = Awaited<ReturnType<typeof sceneWithoutFiles>>;

export type LoadedShow = Awaited<ReturnType<typeof loadShow>>;

/**
 * Adds a scene to a show. The show is unchanged when this throws.
 * @param opening the show, or a function that opens it on the first call, after the files are read, and then returns the same show
 * @param document with absolute paths
 * @throws LoadError for the first file that cannot be shown
 */
export async function loadShow(
  opening: ShowManager | (() => ShowManager),
  document: SceneDocument,
  { onDetail, demo = false, ...loading }: ShowOptions = {},
) {
  const { view, time: step } = document;
  const options = { ...loading, ...(view.up && { up: view.up }) };
  const layers = layersOf(document);
  await redirectThreeJsConsole();
  const open = typeof opening === "function" ? opening : () => opening;
  const isSoftware = () => isSoftwareRenderer(open().driver);
  const drawn = Promise.withResolvers<void>();
  const scene: LoadedScene | SceneWithoutFiles = await (layers.length === 0
    ? sceneWithoutFiles(options.up, demo)
    : loadLayers(layers, {
        ...options,
        slices: { isTranslucent: false, ...(view.crosshair && { center: toPoint(view.crosshair) }) },
        splatPoints: isSoftware,
        late: onDetail && {
          after: drawn.promise,
          onDetail: (showDetail) =>
            onDetail(() => {
              showDetail();
              freeArraysAfterUpload(scene.object);
              void collectGarbageSoon();
            }),
        },
      }));
  for (const warning of scene.warnings) log.warning`${warning}`;
  try {
    checkKinds(scene.layers, document);
    await showTime(scene, step);
  } catch (error) {
    scene.dispose();
    throw error;
  }
  showVisibility(scene.layers, document);
  const show = open();
  show.clipPlanes = clipPlanesOf(view);
  freeArraysAfterUpload(scene.object);
  show.add(scene.object);
  const off = show.on("render", ({ complete }) => {
    if (!complete) return;
    off();
    void collectGarbageSoon().then(drawn.resolve);
  });
  setTimeout(drawn.resolve, MAX_DETAIL_DELAY_MS).unref();
  const { bounds, duration, camera, animate, makeDrafts, time, samples, layers: shown } = scene;
  const space = shown.some((layer) => layer.space === "ras") ? "ras" : "unknown";
  const describe = (style: SceneDocument["view"]) => {
    // Objects that are not of files have no bounds of a whole animation.
    const box = bounds ?? boxOf(show.scene);
    if (box.isEmpty()) return undefined;
    return annotate(show, { style, space, bounds: box, layers: shown }, scene.object);
  };
  const describeAgain = async (style: SceneDocument["view"]): Promise<void> => {
    annotations?.dispose();
    annotations = await describe(style);
  };
  let annotations = await describe(view);
  let current = document;
  const removeLayers = show.picker.addLayers(() =>
    shown.map(({ path, kind, actor, space }, i) => ({
      ...{ id: current.layers[i]?.id ?? "", label: basename(path), kind, actor },
      unit: actor.unit ?? (space === "ras" ? "mm" : undefined),
    })),
  );
  const stopClipping = show.on("clip", ({ planes }) => {
    current = { ...current, view: { ...current.view, clipPlanes: planes } };
  });
  return {
    duration,
    camera,
    animate,
    makeDrafts,
    time,
    samples,
    /** What each layer is shown as, by id. */
    get kinds(): Readonly<Record<string, LayerKind>> {
      return Object.fromEntries(current.layers.map(({ id }, i) => [id, shown[i]?.kind ?? "mesh"]));
    },
    /** Describes what can be set of the layers and the view. */
    async describe(): Promise<PanelDescription> {
      const { describePanel } = await import("./panel/describe-panel.ts");
      return describePanel({
        ...{ layers: shown, document: current, time },
        duration: show.isAnimated ? Number.POSITIVE_INFINITY : duration,
      });
    },
    /**
     * Moves the camera so that the scene fits the frame: in its current pose ("still"), during the whole animation, or from all directions
     * around it ("turntable").
     *
     * @param view the side to look from; default: that of the document
     */
    frame(extent: "animation" | "still" | "turntable", view: SceneDocument["view"] = current.view) {
      const zoom = (view.zoom ?? 1) * (view.boundingBox ? BOX_ZOOM : 1);
      show.frameScene(viewpoint(view.up ?? scene.up, { ...view, space, zoom }));
      const needsBounds = extent === "turntable" || (extent === "animation" && duration > 0);
      if (needsBounds) show.resetCamera(bounds ?? boxOf(show.scene));
      if (view.center !== undefined) rotateAround(show, view.center);
    },
    /**
     * Shows a changed document without reading its files again.
     *
     * @returns false if that is not possible; the scene is then as before
     * @throws LoadError if a time step cannot be shown; the scene is then as before
     */
    async change(next: SceneDocument): Promise<boolean> {
      const undo = changeLayers(shown, current, next);
      if (undo === undefined) return false;
      try {
        if (next.time !== current.time) await showTime(scene, next.time ?? 0);
      } catch (error) {
        undo();
        throw error;
      }
      const old = current.view;
      current = next;
      showVisibility(shown, next);
      show.clipPlanes = clipPlanesOf(next.view);
      const hasOtherPlanes = next.view.clipHandles === true && old.clipPlanes !== next.view.clipPlanes;
      if (hasOtherPlanes || ANNOTATION_KEYS.some((key) => !isDeepStrictEqual(old[key], next.view[key]))) {
        await describeAgain(next.view);
      }
      return true;
    },
    /** To be called when a program has added objects to the show. */
    async onObjectsAdded(): Promise<void> {
      if (bounds === undefined) await describeAgain(current.view);
    },
    /** Moves the slices of all volumes, as `Slices.moveTo`. @returns whether there are any */
    moveSlices(positions: ReadonlyMap<0 | 1 | 2, number>): boolean {
      const slices = shown.flatMap(({ actor }) => actor.slices ?? []);
      for (const each of slices) each.moveTo(positions);
      return slices.length > 0;
    },
    /** Removes the scene from the show and frees its memory. */
    remove() {
      removeLayers();
      stopClipping();
      show.scene.remove(scene.object);
      scene.dispose();
      annotations?.dispose();
    },
  };
}

function toPoint([x = 0, y = 0, z = 0]: readonly number[]): [number, number, number] {
  return [x, y, z];
}

function clipPlanesOf({ clipPlanes }: SceneDocument["view"]): Plane[] {
  return clipPlanes === undefined ? [] : parsePlanes(clipPlanes);
}

/** The next garbage collection may be hours away: the renderer of a still view allocates nothing. */
async function collectGarbageSoon(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, GC_DELAY_MS).unref());
  Bun.gc(true);
}

/**
 * Changes the properties of layers, if their objects can be changed.
 *
 * @returns a function that changes them back; undefined if they must be built again, and nothing is changed
 */
function changeLayers(
  layers: readonly LoadedLayer[],
  before: SceneDocument,
  after: SceneDocument,
): (() => void) | undefined {
  if (before.layers.length !== after.layers.length) return undefined;
  if (before.view.up !== after.view.up && after.view.up === undefined) return undefined;
  const undoing: (() => void)[] = [];
  const undo = () => {
    for (const each of undoing.toReversed()) each();
  };
  for (const [i, next] of after.layers.entries()) {
    const old = before.layers[i];
    const actor = layers[i]?.actor;
    if (old === undefined || actor === undefined) continue;
    const isSameFile =
      old.file === next.file && JSON.stringify(old.overlays) === JSON.stringify(next.overlays);
    const isSameKind = next.kind === undefined || next.kind === layers[i]?.kind;
    const [oldStyle, style] = [styleOf(old), styleOf(next)];
    const isSameStyle = isDeepStrictEqual(oldStyle, style);
    if (!isSameFile || !isSameKind || !(isSameStyle || actor.update?.(style))) {
      undo();
      return undefined;
    }
    if (!isSameStyle) undoing.push(() => actor.update?.(oldStyle));
  }
  return undo;
}

/** @throws LoadError if a file contains something else than the document says */
function checkKinds(layers: readonly LoadedLayer[], document: SceneDocument): void {
  for (const [i, { kind }] of document.layers.entries()) {
    const loaded = layers[i];
    if (kind === undefined || loaded === undefined || loaded.kind === kind) continue;
    throw new LoadError(
      loaded.path,
      `the scene document says ${kind}, and the file is shown as ${loaded.kind}`,
    );
  }
}

function showVisibility(layers: readonly LoadedLayer[], document: SceneDocument): void {
  for (const [i, { visible = true }] of document.layers.entries()) {
    const object = layers[i]?.actor.object;
    if (object !== undefined) object.visible = visible;
  }
}

/** Adds a preview of large files to a show. @returns undefined if no file is large or none can be sampled */
export async function previewShow(show: ShowManager, document: SceneDocument) {
  const { view } = document;
  const { previewScene } = await import("./preview-scene.ts");
  const preview = await previewScene(layersOf(document));
  if (preview === undefined) return undefined;
  const { disposeObject } = await import("../actors/dispose-object.ts");
  let { object } = preview;
  show.add(object);
  /** Removes the preview from the show and frees its memory. */
  const remove = (): void => {
    show.scene.remove(object);
    disposeObject(object);
  };
  return {
    frame: () => show.frameScene(viewpoint(view.up ?? preview.up, { ...view, space: preview.space })),
    /** Replaces the preview by another object. */
    replace(coarse: Object3D) {
      remove();
      object = coarse;
      show.add(object);
    },
    remove,
  };
}

/** @throws LoadError if there is no such time step */
async function showTime(
  { time, layers }: Pick<LoadedScene, "time" | "layers">,
  step: number | undefined,
): Promise<void> {
  if (step === undefined) return;
  if (step >= (time?.count ?? 1)) {
    const files = layers.map(({ path }) => path).join(", ");
    throw new LoadError(
      files,
      `there is no time step ${step}: there are ${time?.count ?? 1}, counted from 0`,
    );
  }
  await time?.show(step);
}

async function loadLayers(layers: readonly (string | Layer)[], options: LoadOptions): Promise<LoadedScene> {
  const { loadScene } = await import("./load-scene.ts");
  return loadScene(layers, options);
}

/** An empty scene, or the demo scene, in the form of loaded files. It has no drafts, because the demo's shaders move the vertices. */
async function sceneWithoutFiles(up: UpAxis | undefined, isDemo: boolean) {
  const { Group } = await import("three");
  const content = isDemo
    ? (await import("./demo/demo-scene.ts")).buildDemoScene()
    : { object: new Group(), up: "y" as const, duration: 0, animate: () => {}, dispose: () => {} };
  return {
    ...content,
    up: up ?? content.up,
    warnings: [],
    samples: [],
    bounds: undefined,
    camera: undefined,
    layers: [],
    time: undefined,
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
