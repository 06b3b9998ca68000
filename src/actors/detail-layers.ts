import type { Layers, Object3D } from "three";

// three.js layers by which drafts and full views select meshes. All other meshes are in both.

/** Back faces of watertight meshes; not in drafts. */
export const BACK_FACE_LAYER = 31;

/** Meshes that have simplified versions; not in drafts. */
export const FULL_DETAIL_LAYER = 30;

/** The layers of simplified meshes, one for each level of detail, the most detailed first; a draft has one of them. */
const LEVEL_LAYERS = [29, 28] as const;

/** Selects the layers that a camera renders. @param level level of detail of a draft; "full": everything in full detail */
export function selectLayers(layers: Layers, level: number | "full"): void {
  for (const layer of [BACK_FACE_LAYER, FULL_DETAIL_LAYER]) {
    if (level === "full") layers.enable(layer);
    else layers.disable(layer);
  }
  for (const [i, layer] of LEVEL_LAYERS.entries()) {
    if (i === level) layers.enable(layer);
    else layers.disable(layer);
  }
}

/** Assigns a simplified mesh to its level. The coarsest one of a mesh is also drawn at all further levels. */
export function setLevel(layers: Layers, level: number, { isCoarsest }: { isCoarsest: boolean }): void {
  layers.disableAll();
  for (const layer of LEVEL_LAYERS.slice(level, isCoarsest ? undefined : level + 1)) layers.enable(layer);
}

/** Whether there is a mesh with several levels of detail. */
export function hasSeveralLevels(root: Object3D): boolean {
  const [first, ...others] = LEVEL_LAYERS;
  let found = false;
  root.traverse(({ layers }) => {
    found ||= !layers.isEnabled(first) && others.some((layer) => layers.isEnabled(layer));
  });
  return found;
}

/** Whether an object is a duplicate of its parent mesh: its back faces, or its simplified version. */
export function isDuplicate({ layers }: Object3D): boolean {
  return [BACK_FACE_LAYER, ...LEVEL_LAYERS].some((layer) => layers.isEnabled(layer));
}
