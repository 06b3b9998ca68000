import { type AnimationClip, Box3, Group, type Material, type Object3D } from "three";
import type { Actor, TimeSteps } from "../actors/actor.ts";
import { buildActor, preloadActor } from "../actors/build-actor.ts";
import { disposeObject } from "../actors/dispose-object.ts";
import { findEnvironment } from "../actors/environment-light.ts";
import { type BuildOptions, buildMesh } from "../actors/mesh.ts";
import type { Space } from "../formats/data-kinds.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { LoadError } from "../formats/load-error.ts";
import type { FormatId } from "../formats/registry.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { joinOverlays } from "../layers/join-overlays.ts";
import type { Layer, LayerStyle } from "../layers/layer.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import { type LateOptions, loadFile } from "../loading/load-file.ts";
import type { LoadPhase, ReportProgress } from "../loading/load-phase.ts";
import type { PreparedData, PreparedMesh } from "../loading/prepare-data.ts";
import type { PrimitiveCounts } from "../loading/primitive-counter.ts";
import { describeReadError } from "../loading/read-data.ts";
import type { LateDetail } from "../loading/surface-detail.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { AnimationPlayer, playableClips } from "./animation.ts";
import { fileCamera } from "./camera/file-camera.ts";
import { normalizeLights } from "./lights/file-lights.ts";
import { addLevelsOfDetail } from "./lod/level-of-detail.ts";
import { factsOf, type LayerFacts } from "./panel/layer-facts.ts";
import { cleanMaterial } from "./prepare/clean-material.ts";
import { prepareObject } from "./prepare/prepare-object.ts";
import { clearSkinnedBoxes, deformedBoxOf } from "./scene-bounds.ts";
import { steppedActor } from "./stepped-actor.ts";

export interface LoadOptions extends BuildOptions {
  /** The axis that points up; default: that of the first file's format (z for STL, y for the others). */
  readonly up?: UpAxis;
  /** Folder from which textures, material libraries and buffers may be read, in addition to each file's own folder. */
  readonly root?: string;
  /** Called with the loaded fraction, 0 to 1, and the phase. */
  readonly onProgress?: (fraction: number, phase: LoadPhase) => void;
  /** Prepare meshes for fast drafts (see `RenderOptions.draft`), which is a third of the loading time of a large mesh. Default: true. */
  readonly drafts?: boolean;
  /**
   * Called with a coarse version of each very large mesh, as soon as the file is read: after a fifth of the loading time. The object
   * is not part of the scene; the caller frees it.
   */
  readonly onCoarse?: ((object: Object3D) => void) | undefined;
  /**
   * Returns before the levels of detail of large meshes are made; drafts show points until then. `onDetail` receives a function that adds
   * them to the scene, to be called between two frames. Default: `loadScene` returns with them.
   */
  readonly late?: LateOptions<() => void> | undefined;
  /** Called when a Worker has started to read a file, so that this thread is free meanwhile. */
  readonly onWorker?: ((format: FormatId) => void) | undefined;
  /** Show a sample of the vertices of a file that exceeds the free memory. Default: false; such a file is an error. */
  readonly fit?: boolean | undefined;
  /** Stops loading; `loadScene` then throws the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** A file of a scene, as it is shown. */
export interface LoadedLayer extends Layer {
  readonly kind: LayerKind;
  readonly actor: Actor;
  /** Space of the positions; "unknown" if the file does not say it. */
  readonly space: Space;
  /** For the panel. */
  readonly facts: LayerFacts;
}

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

const ANIMATION_SAMPLES = 8;

/**
 * Loads one or several files into one scene.
 *
 * @param files paths, or layers with properties. A file with values for another file belongs to the layer before it.
 * @throws LoadError for the first file that cannot be shown
 */
export async function loadScene(
  files: string | Layer | readonly (string | Layer)[],
  options: LoadOptions = {},
): Promise<LoadedScene> {
  const requested = joinOverlays([files].flat());
  if (requested.length === 0) throw new RangeError("give at least one file");
  const root = new Group();
  const warnings: string[] = [];
  const samples: string[] = [];
  const formats: FormatId[] = [];
  const layers: LoadedLayer[] = [];
  const animations: AnimationClip[] = [];
  const players: AnimationPlayer[] = [];
  const counts: PrimitiveCounts = { triangles: 0, points: 0, lines: 0 };
  const { slices = { isTranslucent: false } } = options;
  const { drafts = true } = options;
  let { up } = options;
  let loaded = 0;
  const life = new AbortController();
  try {
    for (const [i, layer] of requested.entries()) {
      const { path, style = {}, overlays } = layer;
      const overlayStyles = overlays?.map((overlay) => overlay.style ?? {});
      const report: ReportProgress = (phase, fraction) => {
        const [start, end] = PHASES[phase];
        loaded = Math.max(loaded, (i + start + (end - start) * fraction) / requested.length);
        options.onProgress?.(loaded, phase);
      };
      // Reported first, because importing the format's module and starting a thread take some time.
      report("reading", 0);
      const { format } = inspectFile(path);
      const onCoarse =
        options.onCoarse && ((coarse: PreparedMesh) => options.onCoarse?.(buildMesh(coarse, style).object));
      const { signal, fit } = options;
      const onWorker = () => {
        preloadActor(format.id);
        options.onWorker?.(format.id);
      };
      const request = { path, root: options.root, drafts, style, overlays };
      const built = Promise.withResolvers<Actor>();
      const late = options.late && {
        after: options.late.after,
        onDetail: async (detail: LateDetail): Promise<void> => {
          const show = (await built.promise).addDetail?.(detail);
          if (show !== undefined) options.late?.onDetail(() => life.signal.aborted || show());
        },
      };
      const data = await loadFile(request, report, {
        ...{ onCoarse, late, onWorker, signal, fit },
        life: life.signal,
      });
      const build = (prepared: PreparedData, shown: LayerStyle): Promise<Actor> =>
        buildActor(prepared, shown, { ...options, slices, index: i, overlays: overlayStyles }).catch(
          (error: unknown) => {
            throw new LoadError(path, describeReadError(error), { format: format.name, cause: error });
          },
        );
      const first = await build(data, style);
      built.resolve(first);
      const loadStep = async (step: number): Promise<Actor> => {
        const fixed = withRange(layer, first.legend?.range);
        const shown = fixed.style ?? {};
        return build(
          await loadFile({ ...request, ...fixed, style: shown, step }, () => {}, { signal, fit }),
          shown,
        );
      };
      const actor = data.steps === undefined ? first : steppedActor(first, data.steps, loadStep);
      const { object } = actor;
      const { warnings: fileWarnings } = data;
      const drawn =
        data.kind === "gltf"
          ? prepareObject(object, { path, format: format.name, drafts, warnings: fileWarnings })
          : data.counts;
      object.traverse((part) => {
        if ("material" in part) [part.material as Material | Material[]].flat().forEach(cleanMaterial);
      });
      if (findEnvironment(root) !== undefined) dropEnvironment(object, fileWarnings);
      fileWarnings.push(...normalizeLights(object));
      counts.triangles += drawn.triangles;
      counts.points += drawn.points;
      counts.lines += drawn.lines;
      root.add(object);
      // A cancelled load has no result, even if all of its data was loaded.
      options.signal?.throwIfAborted();
      formats.push(format.id);
      const space = "space" in data ? (data.space ?? "unknown") : "unknown";
      layers.push({ ...layer, kind: data.kind, actor, space, facts: factsOf(data, actor, style) });
      fileWarnings.push(...(actor.warnings ?? []));
      up ??= format.up;
      const clips = playableClips(object, actor.animations, fileWarnings);
      if (clips.length > 0) players.push(new AnimationPlayer(object, clips));
      animations.push(...clips);
      const prefix = requested.length > 1 ? `${path}: ` : "";
      warnings.push(...[...new Set(fileWarnings)].map((warning) => prefix + warning));
      if (data.sampled !== undefined) samples.push(prefix + data.sampled);
      report("simplifying", 1);
    }
  } catch (error) {
    life.abort();
    disposeObject(root);
    throw error;
  }
  const animate = (seconds: number): void => {
    for (const player of players) player.update(seconds);
  };
  const duration = Math.max(0, ...players.map((player) => player.duration));
  return {
    object: root,
    animations,
    formats,
    layers,
    up: up ?? "y",
    warnings,
    samples,
    counts,
    duration,
    bounds: boundsThroughTime(root, duration, animate),
    camera: fileCamera(root),
    time: joinTimeSteps(layers),
    animate,
    makeDrafts: () => addLevelsOfDetail(root, life.signal),
    dispose() {
      life.abort();
      disposeObject(root);
    },
  };
}

/** A layer whose uppermost values have the range of the first time step as their default, so that the colors of all steps are the same. */
function withRange(layer: Layer, range: readonly [number, number] | undefined): Layer {
  const { style, overlays = [] } = layer;
  const [last, ...others] = overlays.toReversed();
  if (last === undefined) return { ...layer, style: { range, ...style } };
  const fixed = { ...last, style: { range, ...last.style } };
  return { ...layer, overlays: [...others.toReversed(), fixed] };
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

/** Removes the environment of a file, if it has one: that of an earlier file is used. */
function dropEnvironment(object: Object3D, warnings: string[]): void {
  const environment = findEnvironment(object);
  if (environment === undefined) return;
  environment.removeFromParent();
  environment.dispose();
  warnings.push("its environment is not used: the environment of an earlier file lights the whole scene");
}

function boundsThroughTime(root: Object3D, duration: number, animate: (seconds: number) => void): Box3 {
  const bounds = new Box3();
  const samples = duration > 0 ? ANIMATION_SAMPLES : 1;
  for (let i = 0; i < samples; i += 1) {
    animate((duration * i) / samples);
    root.updateWorldMatrix(true, true);
    clearSkinnedBoxes(root);
    bounds.union(deformedBoxOf(root));
  }
  animate(0);
  root.updateWorldMatrix(true, true);
  return bounds;
}
