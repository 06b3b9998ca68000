import { BoxGeometry, Mesh, MeshLambertMaterial } from "three";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { GlBackend } from "../../src/scene/show-options.ts";

/** A red box on a white background. */
export function boxShow(
  size: readonly [number, number] = [64, 48],
  glBackend: GlBackend = "auto",
): ShowManager {
  const show = new ShowManager({ size, glBackend, background: "#ffffff" });
  show.add(new Mesh(new BoxGeometry(1, 2, 3), new MeshLambertMaterial({ color: "#c33" })));
  show.frameScene();
  return show;
}
