import type { Object3D } from "three";

/**
 * Sets the number of a layer in the scene: later ones are drawn over earlier ones where both are translucent, or in the same place. For
 * three.js the order of groups precedes distances. Slices of volumes are drawn before all others, which they would hide.
 */
export function setLayerOrder(object: Object3D, order: number): void {
  object.traverse((part) => {
    if ("isGroup" in part) part.renderOrder = order;
  });
}
