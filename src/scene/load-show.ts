import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { getLogger } from "@logtape/logtape";
import { freeArraysAfterUpload } from "../actors/divide-mesh.ts";
import { setLayerOrder } from "../actors/layer-order.ts";
import { layersOf } from "../document/document-layers.ts";
import type { SceneDocument } from "../document/scene-document.ts";
import { LoadError } from "../formats/load-error.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import { type Plane, parsePlanes } from "../layers/plane.ts";
import type { PanelDescription } from "../protocol/panel.ts";
import { viewpoint } from "./camera/viewpoint.ts";
import { lookAt, rotateAround } from "./change-view.ts";
import type { LoadedLayer, LoadOptions } from "./load-layer.ts";
import type { AssembledScene, LayerPlan, LoadedScene } from "./load-scene.ts";
import { checkKinds, planLayers } from "./plan-layers.ts";
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

/** What a change of a document required: only live changes, or new objects for some layers. */
export type ChangeOutcome = "live" | "loaded" | "impossible";

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
  const layers = layersOf(document);
  await redirectThreeJsConsole();
  const open = typeof opening === "function" ? opening : () => opening;
  const isSoftware = () => isSoftwareRenderer(open().driver);
  let drawn = Promise.withResolvers<void>();
  const makeOptions = ({ crosshair }: SceneDocument["view"]): LoadOptions => ({
    ...loading,
    slices: { isTranslucent: false, ...(crosshair && { center: toPoint(crosshair) }) },
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
  });
  let scene: AssembledScene | SceneWithoutFiles = await (layers.length === 0
    ? sceneWithoutFiles(view.up, demo)
    : assemble(
        layers.map((layer) => ({ layer })),
        makeOptions(view),
      ));
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
  show.clipping.planes = clipPlanesOf(view);
  const showObjects = () => {
    const { resolve } = drawn;
    freeArraysAfterUpload(scene.object);
    show.add(scene.object);
    const off = show.on("render", ({ complete }) => {
      if (!complete) return;
      off();
      // Not in a process that renders pictures and exits.
      if (loading.drafts !== false) void collectGarbageSoon().then(resolve);
    });
    setTimeout(resolve, MAX_DETAIL_DELAY_MS).unref();
  };
  showObjects();
  const spaceOf = () => (scene.layers.some((layer) => layer.space === "ras") ? "ras" : "unknown");
  const describe = (style: SceneDocument["view"]) => {
    const { layers, object } = scene;
    // Objects that are not of files have no bounds of a whole animation.
    const bounds = scene.bounds ?? boxOf(show.scene);
    if (bounds.isEmpty()) return undefined;
    return annotate(show, { style, space: spaceOf(), bounds, layers }, object);
  };
  const describeAgain = async (style: SceneDocument["view"]): Promise<void> => {
    annotations?.dispose();
    annotations = await describe(style);
  };
  let annotations = await describe(view);
  let current = document;
  const removeLayers = show.picker.addLayers(() =>
    scene.layers.map(({ path, kind, actor, space }, i) => ({
      ...{ id: current.layers[i]?.id ?? "", label: basename(path), kind, actor },
      unit: actor.unit ?? (space === "ras" ? "mm" : undefined),
    })),
  );
  const stopClipping = show.on("clip", ({ planes }) => {
    current = { ...current, view: { ...current.view, clipPlanes: planes } };
  });
  return {
    get duration() {
      return scene.duration;
    },
    get camera() {
      return scene.camera;
    },
    get time() {
      return scene.time;
    },
    get samples() {
      return scene.samples;
    },
    animate: (seconds: number) => scene.animate(seconds),
    makeDrafts: () => scene.makeDrafts(),
    /** What each layer is shown as, by id. */
    get kinds(): Readonly<Record<string, LayerKind>> {
      return Object.fromEntries(current.layers.map(({ id }, i) => [id, scene.layers[i]?.kind ?? "mesh"]));
    },
    /** Describes what can be set of the layers and the view. */
    async describe(): Promise<PanelDescription> {
      const { describePanel } = await import("./panel/describe-panel.ts");
      const { layers, time, duration, up } = scene;
      return describePanel({
        ...{ layers, document: current, time, up },
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
      const { duration, bounds, up } = scene;
      show.frameScene(viewpoint(view.up ?? up, { ...view, space: spaceOf(), zoom }));
      const needsBounds = extent === "turntable" || (extent === "animation" && duration > 0);
      if (needsBounds) show.resetCamera(bounds ?? boxOf(show.scene));
      if (view.center !== undefined) rotateAround(show, view.center);
    },
    /**
     * Moves the camera so that a layer fits the frame as it is now; the direction stays.
     *
     * @throws Error if there is no such layer, or nothing of it is visible
     */
    focus(id: string) {
      const layer = scene.layers[current.layers.findIndex((each) => each.id === id)];
      if (layer === undefined) throw new Error("The scene has no layer with this id.");
      if (!lookAt(show, layer.actor.object)) throw new Error("Nothing of this layer is visible.");
    },
    /**
     * Shows a changed document. Changed layers are updated in place where possible; otherwise they are built again, from their data if it is in
     * memory, else from their files. Unchanged layers keep their objects.
     *
     * @param options.signal cancels loading
     * @throws LoadError if something cannot be shown; the scene is then as before
     */
    async change(
      next: SceneDocument,
      { signal, onProgress }: Pick<LoadOptions, "signal" | "onProgress"> = {},
    ): Promise<ChangeOutcome> {
      if (!("release" in scene) || next.layers.length === 0) return "impossible";
      const { plans, undo } = planLayers(scene.layers, current, next);
      const hasNew =
        plans.length !== scene.layers.length ||
        plans.some((plan, i) => !("kept" in plan && plan.kept === scene.layers[i]));
      const before = scene;
      try {
        if (hasNew) {
          drawn = Promise.withResolvers();
          const loaded = await assemble(plans, {
            ...makeOptions(next.view),
            ...{ onCoarse: undefined, onWorker: undefined, signal },
            ...(onProgress && { onProgress }),
          });
          try {
            checkKinds(loaded.layers, next);
            await showTime(loaded, next.time ?? (loaded.time && 0));
          } catch (error) {
            loaded.release(before.layers);
            // Their objects are now those of the scene that is not shown.
            before.object.add(...before.layers.map(({ actor }) => actor.object));
            throw error;
          }
          for (const warning of loaded.warnings)
            if (!before.warnings.includes(warning)) log.warning`${warning}`;
          show.scene.remove(before.object);
          scene = loaded;
          showObjects();
          before.release(loaded.layers);
        } else if (next.time !== current.time) await showTime(scene, next.time ?? 0);
      } catch (error) {
        undo();
        throw error;
      }
      const old = current.view;
      current = next;
      showVisibility(scene.layers, next);
      show.clipping.planes = clipPlanesOf(next.view);
      const hasOtherPlanes = next.view.clipHandles === true && old.clipPlanes !== next.view.clipPlanes;
      if (
        hasNew ||
        hasOtherPlanes ||
        ANNOTATION_KEYS.some((key) => !isDeepStrictEqual(old[key], next.view[key]))
      ) {
        await describeAgain(next.view);
      }
      return hasNew ? "loaded" : "live";
    },
    /** To be called when a program has added objects to the show. */
    async onObjectsAdded(): Promise<void> {
      if (scene.bounds === undefined) await describeAgain(current.view);
    },
    /** Moves the slices of all volumes, as `Slices.moveTo`. @returns whether there are any */
    moveSlices(positions: ReadonlyMap<0 | 1 | 2, number>): boolean {
      const slices = scene.layers.flatMap(({ actor }) => actor.slices ?? []);
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

/** Shows which layers are visible, and their order. */
function showVisibility(layers: readonly LoadedLayer[], document: SceneDocument): void {
  for (const [i, { visible = true }] of document.layers.entries()) {
    const { kind, actor } = layers[i] ?? {};
    if (actor === undefined) continue;
    actor.object.visible = visible;
    if (kind !== "volume") setLayerOrder(actor.object, i);
  }
}

/** @throws LoadError if there is no such time step */
async function showTime(
  { time, layers }: Pick<LoadedScene, "time" | "layers">,
  step: number | undefined,
): Promise<void> {
  if (step === undefined) return;
  if (step >= (time?.count ?? 1)) {
    const problem = `there is no time step ${step}: there are ${time?.count ?? 1}, counted from 0`;
    if (layers.length === 0) throw new Error(`The scene is empty, and so ${problem}`);
    throw new LoadError(layers.map(({ path }) => path).join(", "), problem);
  }
  await time?.show(step);
}

async function assemble(plans: readonly LayerPlan[], options: LoadOptions): Promise<AssembledScene> {
  const { assembleScene } = await import("./load-scene.ts");
  return assembleScene(plans, options);
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
