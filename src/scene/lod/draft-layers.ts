import type { Layers } from "three";

/**
 * three.js layer of the back faces of closed surfaces. Only holes show them, and they double what a software driver
 * has to draw, so a draft leaves this layer out.
 */
export const BACK_FACE_LAYER = 31;

/** Layer of meshes that have a draft; a draft picture leaves them out. All other meshes are in both pictures. */
export const FULL_DETAIL_LAYER = 30;

/** Layer of the simplified meshes that only a draft picture shows. */
export const LOD_LAYER = 29;

/** Makes a camera see what belongs into a draft picture, or into a full one. */
export function selectLayers(layers: Layers, draft: boolean): void {
  const full = [BACK_FACE_LAYER, FULL_DETAIL_LAYER];
  for (const layer of draft ? full : [LOD_LAYER]) layers.disable(layer);
  for (const layer of draft ? [LOD_LAYER] : full) layers.enable(layer);
}
