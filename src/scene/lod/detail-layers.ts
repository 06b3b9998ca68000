import type { Layers, Object3D } from "three";

// three.js layers by which drafts and full views select meshes. All other meshes are in both.

/** Back faces of watertight meshes; not in drafts. */
export const BACK_FACE_LAYER = 31;

/** Meshes that have a simplified version; not in drafts. */
export const FULL_DETAIL_LAYER = 30;

/** Simplified meshes; in drafts only. */
export const LOD_LAYER = 29;

/** Selects the layers that a camera renders. */
export function selectLayers(layers: Layers, draft: boolean): void {
  const full = [BACK_FACE_LAYER, FULL_DETAIL_LAYER];
  for (const layer of draft ? full : [LOD_LAYER]) layers.disable(layer);
  for (const layer of draft ? [LOD_LAYER] : full) layers.enable(layer);
}

/** Whether an object is a duplicate of its parent mesh: its back faces, or its simplified version. */
export function isDuplicate({ layers }: Object3D): boolean {
  return layers.isEnabled(BACK_FACE_LAYER) || layers.isEnabled(LOD_LAYER);
}
