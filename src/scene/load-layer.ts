import { type AnimationClip, Box3, type Material, type Object3D } from "three";
import type { Actor } from "../actors/actor.ts";
import { buildActor, preloadActor } from "../actors/build-actor.ts";
import { disposeObject } from "../actors/dispose-object.ts";
import { findEnvironment } from "../actors/environment-light.ts";
import { type BuildOptions, buildMesh } from "../actors/mesh.ts";
import type { Space } from "../formats/data-kinds.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { LoadError } from "../formats/load-error.ts";
import type { FormatId } from "../formats/registry.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import type { Layer } from "../layers/layer.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import { type LateOptions, loadFile } from "../loading/load-file.ts";
import type { LoadPhase, ReportProgress } from "../loading/load-phase.ts";
import type { PreparedData, PreparedMesh } from "../loading/prepared-data.ts";
import type { PrimitiveCounts } from "../loading/primitive-counter.ts";
import { describeReadError } from "../loading/read-data.ts";
import type { LateDetail } from "../loading/surface-detail.ts";
import { AnimationPlayer, playableClips } from "./animation.ts";
import { normalizeLights } from "./lights/file-lights.ts";
import { factsOf, type LayerFacts } from "./panel/layer-facts.ts";
import { cleanMaterial } from "./prepare/clean-material.ts";
import { prepareObject } from "./prepare/prepare-object.ts";
import { type Reshape, reshaping } from "./reshape-layer.ts";
import { deformedBoxOf, setSkinnedBounds } from "./scene-bounds.ts";
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
  readonly signal?: AbortSignal | undefined;
}

/** A file of a scene, as it is shown. */
export interface LoadedLayer extends Layer {
  readonly kind: LayerKind;
  readonly format: FormatId;
  readonly actor: Actor;
  /** Space of the positions; "unknown" if the file does not say it. */
  readonly space: Space;
  /** The axis that points up in files of the format. */
  readonly up: UpAxis;
  /** Sentences for the user, each once. */
  readonly warnings: readonly string[];
  /** The warning that only a sample is shown; undefined if all of the file is. */
  readonly sampled: string | undefined;
  readonly counts: Readonly<PrimitiveCounts>;
  readonly animations: readonly AnimationClip[];
  /** Undefined if nothing moves. */
  readonly player: AnimationPlayer | undefined;
  /** Bounding box over the whole animation, in world coordinates. */
  readonly bounds: Box3;
  /** For the panel. */
  readonly facts: LayerFacts;
  /** Shows the data, which is still in memory, with another style. Undefined if its file must be read for that. */
  readonly reshape: Reshape | undefined;
  /** Frees its memory. */
  dispose(): void;
}

/** What the layers of a scene have in common. */
export interface LayerContext {
  readonly options: LoadOptions;
  /** Number of the layer in the scene. */
  readonly index: number;
  readonly slices: NonNullable<BuildOptions["slices"]>;
  /** Whether an earlier layer has an environment, which lights the whole scene. */
  readonly hasEnvironment: boolean;
}

const ANIMATION_SAMPLES = 8;

/** @throws LoadError, or the reason of the signal */
export async function loadLayer(
  layer: Layer,
  context: LayerContext,
  report: ReportProgress,
): Promise<LoadedLayer> {
  const { options } = context;
  const { drafts = true, signal, fit } = options;
  const { path, style = {}, overlays } = layer;
  // Reported first, because importing the format's module and starting a thread take some time.
  report("reading", 0);
  const { format } = inspectFile(path);
  const onCoarse =
    options.onCoarse && ((coarse: PreparedMesh) => options.onCoarse?.(buildMesh(coarse, style).object));
  const onWorker = () => {
    preloadActor(format.id);
    options.onWorker?.(format.id);
  };
  const life = new AbortController();
  const request = { path, root: options.root, drafts, style, overlays };
  const built = Promise.withResolvers<Actor>();
  const late = options.late && {
    after: options.late.after,
    onDetail: async (detail: LateDetail): Promise<void> => {
      const show = (await built.promise).addDetail?.(detail);
      if (show !== undefined) options.late?.onDetail(() => life.signal.aborted || show());
    },
  };
  try {
    const data = await loadFile(request, report, {
      ...{ onCoarse, late, onWorker, signal, fit },
      life: life.signal,
    });
    const first = await build(data, layer, context, format.name);
    built.resolve(first);
    const loadStep = async (step: number): Promise<Actor> => {
      const fixed = withRange(layer, first.legend?.range);
      const shown = { ...request, ...fixed, style: fixed.style ?? {}, step };
      return build(await loadFile(shown, () => {}, { signal, fit }), fixed, context, format.name);
    };
    const actor = data.steps === undefined ? first : steppedActor(first, data.steps, loadStep);
    const finished = finishLayer(layer, { data, actor, context, format });
    // A cancelled load has no result, even if all of its data was loaded.
    signal?.throwIfAborted();
    return {
      ...finished,
      dispose() {
        life.abort();
        disposeObject(actor.object);
      },
    };
  } catch (error) {
    life.abort();
    void built.promise.then(({ object }) => disposeObject(object));
    throw error;
  }
}

/** Shows the data of a layer with another style. @throws LoadError if it does not have what the style requests */
export async function reshapeLayer(
  loaded: LoadedLayer,
  layer: Layer,
  context: LayerContext,
): Promise<LoadedLayer | undefined> {
  const { format } = inspectFile(layer.path);
  const data = await describingErrors(layer.path, format.name, async () => loaded.reshape?.(layer));
  if (data === undefined) return undefined;
  const actor = await build(data, layer, context, format.name);
  return {
    ...finishLayer(layer, { data, actor, context, format }),
    dispose: () => disposeObject(actor.object),
  };
}

function build(data: PreparedData, layer: Layer, context: LayerContext, format: string): Promise<Actor> {
  const { options, slices, index } = context;
  const overlays = layer.overlays?.map((overlay) => overlay.style ?? {});
  return describingErrors(layer.path, format, () =>
    buildActor(data, layer.style, { ...options, slices, index, overlays }),
  );
}

async function describingErrors<T>(path: string, format: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(path, describeReadError(error), { format, cause: error });
  }
}

function finishLayer(
  layer: Layer,
  {
    data,
    actor,
    context,
    format,
  }: {
    readonly data: PreparedData;
    readonly actor: Actor;
    readonly context: LayerContext;
    readonly format: ReturnType<typeof inspectFile>["format"];
  },
): Omit<LoadedLayer, "dispose"> {
  const { object } = actor;
  const { drafts = true } = context.options;
  const { path, style = {} } = layer;
  const warnings = [...data.warnings];
  const counts =
    data.kind === "gltf"
      ? prepareObject(object, { path, format: format.name, drafts, warnings })
      : data.counts;
  object.traverse((part) => {
    if ("material" in part) [part.material as Material | Material[]].flat().forEach(cleanMaterial);
  });
  if (context.hasEnvironment) dropEnvironment(object, warnings);
  warnings.push(...normalizeLights(object), ...(actor.warnings ?? []));
  const animations = playableClips(object, actor.animations, warnings);
  const player = animations.length > 0 ? new AnimationPlayer(object, animations) : undefined;
  return {
    ...layer,
    ...{ kind: data.kind, format: format.id, actor, counts, animations, player, up: format.up },
    space: "space" in data ? (data.space ?? "unknown") : "unknown",
    warnings: [...new Set(warnings)],
    sampled: data.sampled,
    bounds: boundsThroughTime(object, player),
    facts: factsOf(data, actor, style),
    reshape: data.steps === undefined ? reshaping(data, layer) : undefined,
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

/** Removes the environment of a file, if it has one: that of an earlier file is used. */
function dropEnvironment(object: Object3D, warnings: string[]): void {
  const environment = findEnvironment(object);
  if (environment === undefined) return;
  environment.removeFromParent();
  environment.dispose();
  warnings.push("its environment is not used: the environment of an earlier file lights the whole scene");
}

function boundsThroughTime(object: Object3D, player: AnimationPlayer | undefined): Box3 {
  const bounds = new Box3();
  const duration = player?.duration ?? 0;
  const samples = duration > 0 ? ANIMATION_SAMPLES : 1;
  for (let i = 0; i < samples; i += 1) {
    player?.update((duration * i) / samples);
    object.updateWorldMatrix(true, true);
    bounds.union(deformedBoxOf(object));
  }
  player?.update(0);
  object.updateWorldMatrix(true, true);
  if (samples > 1) setSkinnedBounds(object, bounds);
  return bounds;
}
