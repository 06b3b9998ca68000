import { isDeepStrictEqual } from "node:util";
import { layersOf } from "../document/document-layers.ts";
import { type OverlayDocument, type SceneDocument, styleOf } from "../document/scene-document.ts";
import { LoadError } from "../formats/load-error.ts";
import type { Layer } from "../layers/layer.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import type { LoadedLayer } from "./load-layer.ts";
import type { LayerPlan } from "./load-scene.ts";

/**
 * Decides what is done for each layer of a changed document, and changes in place what can be. Layers are the same if they have the same id
 * and file.
 *
 * @throws LoadError if a file contains something else than the document says; nothing is changed then
 */
export function planLayers(
  layers: readonly LoadedLayer[],
  before: SceneDocument,
  after: SceneDocument,
): { readonly plans: readonly LayerPlan[]; readonly undo: () => void } {
  const undoing: (() => void)[] = [];
  const requested = layersOf(after);
  for (const { id, file, kind } of after.layers) {
    const loaded = layers[before.layers.findIndex((layer) => layer.id === id && layer.file === file)];
    if (loaded !== undefined) checkKind(loaded, kind);
  }
  const plans = after.layers.map((next, i): LayerPlan => {
    const layer = requested[i] ?? { path: next.file };
    const at = before.layers.findIndex(({ id, file }) => id === next.id && file === next.file);
    const [old, loaded] = [before.layers[at], layers[at]];
    if (old === undefined || loaded === undefined) return { layer };
    const [oldStyle, style] = [styleOf(old), styleOf(next)];
    const [oldOverlays, overlays] = [old.overlays ?? [], next.overlays ?? []];
    if (isDeepStrictEqual(oldStyle, style) && isDeepStrictEqual(oldOverlays, overlays))
      return { kept: loaded };
    const hasSameFiles = isDeepStrictEqual(oldOverlays.map(fileOf), overlays.map(fileOf));
    if (hasSameFiles && loaded.actor.update?.(style, overlays.map(styleOf))) {
      undoing.push(() => loaded.actor.update?.(oldStyle, oldOverlays.map(styleOf)));
      return { kept: loaded };
    }
    return { layer, from: loaded };
  });
  return {
    plans: withAllVolumes(plans, layers, requested),
    undo() {
      for (const each of undoing.toReversed()) each();
    },
  };
}

const fileOf = ({ file }: OverlayDocument): string => file;

/** All volumes have slices at the same positions: if one is added or reordered, all are rebuilt, from memory. */
function withAllVolumes(
  plans: readonly LayerPlan[],
  layers: readonly LoadedLayer[],
  requested: readonly Layer[],
): readonly LayerPlan[] {
  const isVolume = ({ kind }: LoadedLayer) => kind === "volume";
  const kept = plans.flatMap((plan) => ("kept" in plan && isVolume(plan.kept) ? [plan.kept] : []));
  // A new file may contain a volume.
  const hasNew = plans.some((plan) => !("kept" in plan) && (!("from" in plan) || isVolume(plan.from)));
  const isSame = isDeepStrictEqual(
    kept.map((layer) => layers.indexOf(layer)),
    layers.flatMap((layer, i) => (isVolume(layer) ? [i] : [])),
  );
  if (isSame && !hasNew) return plans;
  return plans.map((plan, i) => {
    const layer = requested[i];
    return "kept" in plan && isVolume(plan.kept) && layer !== undefined ? { layer, from: plan.kept } : plan;
  });
}

export function checkKinds(layers: readonly LoadedLayer[], document: SceneDocument): void {
  for (const [i, layer] of layers.entries()) checkKind(layer, document.layers[i]?.kind);
}

/** @throws LoadError if a file contains something else than the document says */
function checkKind({ kind, path }: LoadedLayer, said: LayerKind | undefined): void {
  if (said !== undefined && said !== kind)
    throw new LoadError(path, `the scene document says ${said}, and the file is shown as ${kind}`);
}
