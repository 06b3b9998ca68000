import { type AnimationClip, Box3, Group, type Object3D } from "three";
import type { TimeSteps } from "../actors/actor.ts";
import { findEnvironment } from "../actors/environment-light.ts";
import type { FormatId } from "../formats/registry.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { joinOverlays } from "../layers/join-overlays.ts";
import type { Layer } from "../layers/layer.ts";
import type { LoadPhase, ReportProgress } from "../loading/load-phase.ts";
import type { PrimitiveCounts } from "../loading/primitive-counter.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { fileCamera } from "./camera/file-camera.ts";
import {
  type LayerContext,
  type LoadedLayer,
  type LoadOptions,
  loadLayer,
  reshapeLayer,
} from "./load-layer.ts";
import { addLevelsOfDetail } from "./lod/level-of-detail.ts";

export interface LoadedScene {
  /** All objects, in the coordinates of the files. */
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** The format of each layer's file, in the order given. */
  readonly formats: readonly FormatId[];
  /** In the order given. */
  readonly layers: readonly LoadedLayer[];
  readonly up: UpAxis;
  /** A sentence for each part of a file that is not shown as the file requests, with the reason. */
  readonly warnings: readonly string[];
  /** The warnings about files of which only a sample is shown. */
  readonly samples: readonly string[];
  readonly counts: Readonly<PrimitiveCounts>;
  /** Duration of the animation in seconds; 0 if nothing moves. */
  readonly duration: number;
  /** Bounding box over the whole animation, in world coordinates. */
  readonly bounds: Box3;
  /** Viewpoint of the first camera in the files, at the start of the animation; undefined without a camera. */
  readonly camera: CameraState | undefined;
  /** Time steps of all layers; undefined if no layer has several. A layer with fewer steps keeps its last one. */
  readonly time: TimeSteps | undefined;
  /** Shows the animation at this time in seconds; it loops. */
  animate(seconds: number): void;
  /**
   * Makes simplified versions of large meshes for drafts, in the background and a few milliseconds at a time. Never
   * rejects: a mesh that cannot be simplified has no draft.
   */
  makeDrafts(): Promise<void>;
  /** Frees the GPU memory and stops `makeDrafts`. */
  dispose(): void;
}

/**
 * Start and end of each phase, as fractions of the loading time. Measured, in CPU time without drawing: PLY with 8 million triangles
 * 11, 37 and 52 %, STL with 8 million 18, 33 and 49 %, OBJ with 5 million 18, 35 and 47 %.
 */
const PHASES: Readonly<Record<LoadPhase, readonly [start: number, end: number]>> = {
  reading: [0, 0.15],
  preparing: [0.15, 0.5],
  simplifying: [0.5, 1],
};

/** A scene whose layers another scene can take over. */
export interface AssembledScene extends LoadedScene {
  /** As `dispose`, but these layers stay. */
  release(kept: readonly LoadedLayer[]): void;
}

/** What is done for a layer of a scene: its file is loaded, its data is shown with another style, or it is shown as it is. */
export type LayerPlan =
  | { readonly layer: Layer }
  | { readonly layer: Layer; readonly from: LoadedLayer }
  | { readonly kept: LoadedLayer };

/**
 * Loads one or several files into one scene.
 *
 * @param files paths, or layers with properties. A file with values for another file belongs to the layer before it.
 * @throws LoadError for the first file that cannot be shown
 */
export function loadScene(
  files: string | Layer | readonly (string | Layer)[],
  options: LoadOptions = {},
): Promise<LoadedScene> {
  const requested = joinOverlays([files].flat());
  if (requested.length === 0) throw new RangeError("give at least one file");
  return assembleScene(
    requested.map((layer) => ({ layer })),
    options,
  );
}

/**
 * Makes a scene of new layers and of those of another scene, which stay in that one if this throws.
 *
 * @throws LoadError for the first file that cannot be shown
 */
export async function assembleScene(
  plans: readonly LayerPlan[],
  options: LoadOptions = {},
): Promise<AssembledScene> {
  const layers: LoadedLayer[] = [];
  const { slices = { isTranslucent: false } } = options;
  let loaded = 0;
  try {
    for (const [index, plan] of plans.entries()) {
      const report: ReportProgress = (phase, fraction) => {
        const [start, end] = PHASES[phase];
        loaded = Math.max(loaded, (index + start + (end - start) * fraction) / plans.length);
        options.onProgress?.(loaded, phase);
      };
      const hasEnvironment = layers.some(({ actor }) => findEnvironment(actor.object) !== undefined);
      layers.push(await makeLayer(plan, { options, index, slices, hasEnvironment }, report));
    }
  } catch (error) {
    for (const layer of newLayers(layers, plans)) layer.dispose();
    throw error;
  }
  return joinLayers(layers, options);
}

async function makeLayer(
  plan: LayerPlan,
  context: LayerContext,
  report: ReportProgress,
): Promise<LoadedLayer> {
  if ("kept" in plan) return plan.kept;
  const reshaped = "from" in plan ? await reshapeLayer(plan.from, plan.layer, context) : undefined;
  if (reshaped !== undefined) return reshaped;
  const layer = await loadLayer(plan.layer, context, report);
  report("simplifying", 1);
  return layer;
}

function newLayers(layers: readonly LoadedLayer[], plans: readonly LayerPlan[]): LoadedLayer[] {
  return layers.filter((layer) => !plans.some((plan) => "kept" in plan && plan.kept === layer));
}

function joinLayers(layers: readonly LoadedLayer[], { up }: LoadOptions): AssembledScene {
  const root = new Group();
  root.add(...layers.map(({ actor }) => actor.object));
  const prefixed = ({ path }: Layer, text: string) => (layers.length > 1 ? `${path}: ${text}` : text);
  const animate = (seconds: number): void => {
    for (const { player } of layers) player?.update(seconds);
  };
  const sum = (kind: keyof PrimitiveCounts) => layers.reduce((total, { counts }) => total + counts[kind], 0);
  const drafting = new AbortController();
  const release = (kept: readonly LoadedLayer[]): void => {
    drafting.abort();
    for (const layer of layers) if (!kept.includes(layer)) layer.dispose();
  };
  animate(0);
  root.updateWorldMatrix(true, true);
  return {
    object: root,
    animations: layers.flatMap(({ animations }) => animations),
    formats: layers.map(({ format }) => format),
    layers,
    up: up ?? layers[0]?.up ?? "y",
    warnings: layers.flatMap((layer) => layer.warnings.map((warning) => prefixed(layer, warning))),
    samples: layers.flatMap((layer) => (layer.sampled === undefined ? [] : [prefixed(layer, layer.sampled)])),
    counts: { triangles: sum("triangles"), points: sum("points"), lines: sum("lines") },
    duration: Math.max(0, ...layers.map(({ player }) => player?.duration ?? 0)),
    bounds: layers.reduce((box, { bounds }) => box.union(bounds), new Box3()),
    camera: fileCamera(root),
    time: joinTimeSteps(layers),
    animate,
    makeDrafts: () => addLevelsOfDetail(root, drafting.signal),
    release,
    dispose: () => release([]),
  };
}

function joinTimeSteps(layers: readonly LoadedLayer[]): TimeSteps | undefined {
  const times = layers.flatMap(({ actor }) => actor.time ?? []);
  const longest = times.toSorted((a, b) => b.count - a.count)[0];
  if (longest === undefined || longest.count < 2) return undefined;
  return {
    count: longest.count,
    seconds: longest.seconds,
    async show(step) {
      await Promise.all(times.map((time) => time.show(Math.min(step, time.count - 1))));
    },
  };
}
