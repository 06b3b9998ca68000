import type { Layers, Object3D } from "three";

// three.js layers that select the meshes of drafts and of full views. A mesh in none of these layers is drawn in both.

/** Layer of the back faces of watertight meshes, which drafts omit. */
export const BACK_FACE_LAYER = 31;

/** Layer of the full-detail meshes that have simplified versions; drafts omit it. */
export const FULL_DETAIL_LAYER = 30;

/** Layers of simplified meshes, one per level of detail, most detailed first; a draft renders one of them. */
const LEVEL_LAYERS = [29, 28] as const;

/**
 * Selects the layers that a camera renders.
 *
 * @param level level of detail of a draft, or "full" for a full view
 * @param isClipped whether the view is clipped, so that the back faces of watertight meshes are visible
 */
export function selectLayers(layers: Layers, level: number | "full", { isClipped = false } = {}): void {
  for (const layer of [BACK_FACE_LAYER, FULL_DETAIL_LAYER]) {
    if (level === "full" || (isClipped && layer === BACK_FACE_LAYER)) layers.enable(layer);
    else layers.disable(layer);
  }
  for (const [i, layer] of LEVEL_LAYERS.entries()) {
    if (i === level) layers.enable(layer);
    else layers.disable(layer);
  }
}

/** The level of detail that the layers of a camera select, or "full" for a full view. */
export function selectedLevel(layers: Layers): number | "full" {
  if (layers.isEnabled(FULL_DETAIL_LAYER)) return "full";
  return Math.max(
    0,
    LEVEL_LAYERS.findIndex((layer) => layers.isEnabled(layer)),
  );
}

/** Assigns a simplified mesh to the layer of its level. The coarsest version of a mesh is also drawn at all coarser levels. */
export function setLevel(layers: Layers, level: number, { isCoarsest }: { isCoarsest: boolean }): void {
  layers.disableAll();
  for (const layer of LEVEL_LAYERS.slice(level, isCoarsest ? undefined : level + 1)) layers.enable(layer);
}

/** Whether any object below `root` has several levels of detail: as meshes, or as it says by `userData.hasLevels`. */
export function hasSeveralLevels(root: Object3D): boolean {
  const [first, ...others] = LEVEL_LAYERS;
  let found = false;
  root.traverse(({ layers, userData }) => {
    const isMesh = !layers.isEnabled(first) && others.some((layer) => layers.isEnabled(layer));
    found ||= isMesh || userData.hasLevels === true;
  });
  return found;
}

/** Whether an object duplicates its parent mesh: as its back faces, or as a simplified version. */
export function isDuplicate({ layers }: Object3D): boolean {
  return [BACK_FACE_LAYER, ...LEVEL_LAYERS].some((layer) => layers.isEnabled(layer));
}
