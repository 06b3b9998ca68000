import type { LayerKind } from "../layers/layer-properties.ts";
import { movedSlices, type SlicePositions } from "../layers/slice-text.ts";
import type { SceneDocument } from "./scene-document.ts";

/**
 * Returns a document with moved slices: those of the first volume and of volumes with slices of their own. Others follow the first one.
 *
 * @param kinds what the layers are shown as, by id
 */
export function withSlicesAt(
  document: SceneDocument,
  kinds: ReadonlyMap<string, LayerKind>,
  positions: SlicePositions,
): SceneDocument {
  let isFirst = true;
  const layers = document.layers.map((layer) => {
    const { id, slice, mip, volume, iso } = layer;
    const hasSlices = slice !== undefined || !(mip || volume || iso !== undefined);
    if (kinds.get(id) !== "volume" || !hasSlices) return layer;
    const follows = slice === undefined && !isFirst;
    isFirst = false;
    return follows ? layer : { ...layer, slice: movedSlices(slice as string | undefined, positions) };
  });
  return { ...document, layers };
}

/** Returns a changed document whose slices go through its crosshair, if that was moved. */
export function followCrosshair(
  before: SceneDocument,
  after: SceneDocument,
  kinds: ReadonlyMap<string, LayerKind>,
): SceneDocument {
  const { crosshair } = after.view;
  if (crosshair === undefined || String(crosshair) === String(before.view.crosshair)) return after;
  const [x, y, z] = crosshair;
  return withSlicesAt(after, kinds, { x, y, z });
}
